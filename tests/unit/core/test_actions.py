"""Actions: their identity, their bytes, whom they go to."""

import msgspec
import pytest

from orchestrator.core.actions import (
    SERVICE_OF,
    URGENT,
    ActionType,
    Service,
    action_id,
    decode_action,
    encode_action,
)
from orchestrator.core.ids import EventId, LearnerId, TenantId
from tests.unit.core.samples import Learner, coursework, event, sel


def identity(tenant: str, learner: str, of_event: str, rule: str) -> str:
    return action_id(TenantId(tenant), LearnerId(learner), EventId(of_event), rule)


def test_an_identity_is_128_bits_in_hex_and_stays_what_it_is() -> None:
    # b2sum -l 128 of the four parts, each with its length in four bytes before it
    assert identity("school", "ana", "e-1", "break.sel") == "8221bbe0ad5486c001d71bda4b2fcacf"


def test_parts_do_not_run_together() -> None:
    parts = [("a", "b", "c", "d"), ("ab", "", "c", "d"), ("a", "bc", "", "d"), ("", "ab", "c", "d")]

    assert len({identity(*one) for one in parts}) == len(parts)


@pytest.mark.parametrize("seen", [coursework(0.9, engagement=0.1, gaps=["units"]), sel("high")])
def test_an_action_that_was_written_reads_the_same(seen: object) -> None:
    actions = Learner().sees(seen).actions  # type: ignore[arg-type]

    assert len(actions) > 1
    assert [decode_action(encode_action(one)) for one in actions] == list(actions)


def test_times_are_written_in_utc() -> None:
    raw = encode_action(Learner().sees(sel("high")).actions[0])

    assert msgspec.json.decode(raw)["created_at"] == "2024-03-04T09:00:00Z"


def test_an_action_carries_whom_and_what_it_answers() -> None:
    seen = event("ENGAGEMENT_LOW", {}, correlation_id="c-1")

    for action in Learner().sees(seen).actions:
        assert (action.tenant_id, action.learner_id, action.event_id) == ("school", "ana", seen.id)
        assert action.correlation_id == "c-1"
        assert action.policy_version.startswith("aivo-")
        assert action.reason.endswith(".")


def test_every_type_goes_to_a_service() -> None:
    assert set(SERVICE_OF) == set(ActionType)
    assert SERVICE_OF[ActionType.GAME_BREAK] is Service.NOTIFICATION
    assert SERVICE_OF[ActionType.LEVEL_SUGGESTED] is Service.LEARNER
    assert list(URGENT) == [ActionType.SEL_INTERVENTION]
