"""The oracle of the fault tests: it sees each kind of wrong end, and takes none that is right."""

from datetime import timedelta
from typing import Any

import pytest

from orchestrator.core.actions import Action, ActionType, Outcome, Service
from orchestrator.core.event_codec import encode_event
from orchestrator.core.events import FailedSuggestion, LevelSuggestionFailed
from orchestrator.core.ids import ActionId, EventId
from orchestrator.core.levels import Level
from orchestrator.core.outcomes import ActionOutcome, encode_outcome
from orchestrator.core.refusals import Refusal
from orchestrator.stream.records import RawRecord
from orchestrator.topics import DEAD_LETTERS, EVENTS, OUTCOMES
from tests.product.ends import EndFindings, Era, judge_ends, read_ends
from tests.unit.delivery.samples import EVENT_AT, PARAMETERS, action
from tests.unit.stream.samples import record

LEVEL, PATH = ActionType.LEVEL_SUGGESTED, ActionType.LEARNING_PATH_UPDATE
LATE = EVENT_AT + timedelta(days=3)


class Case:
    """Actions of one learner, how they are said to have ended, and what was applied."""

    def __init__(self) -> None:
        self.actions: dict[str, Action] = {}
        self.applied: list[str] = []
        self.outcomes: list[RawRecord] = []
        self.letters: list[RawRecord] = []
        self.events: list[RawRecord] = []

    def end(self, one: Action, how: Outcome = Outcome.DELIVERED, **changes: Any) -> None:
        self.actions[one.action_id] = one
        if how is Outcome.DELIVERED:
            self.applied.append(one.action_id)
        permanent = one.type is LEVEL and not one.parameters.get("temporary")
        fields: dict[str, Any] = {
            "serial": len(self.outcomes) + 1,
            "attempts": 1,
            "at": LATE,
            "permanent_level": permanent,
            "status": 422 if how is Outcome.REJECTED else None,
        }
        outcome = ActionOutcome(
            action_id=one.action_id,
            type=one.type,
            service=Service.LEARNER,
            tenant_id=one.tenant_id,
            learner_id=one.learner_id,
            event_id=one.event_id,
            rule=one.rule,
            outcome=how,
            created_at=EVENT_AT,
            **(fields | changes),
        )
        self.outcomes.append(record(len(self.outcomes), encode_outcome(outcome), topic=OUTCOMES))

    def letter(self, action_id: str, reason: Refusal = Refusal.REJECTED) -> None:
        headers = [("source", f"action:{action_id}".encode()), ("reason", reason.encode())]
        self.letters.append(record(len(self.letters), headers=headers))

    def failed_level(self, one: Action, delivered: Level | None = None) -> None:
        event = LevelSuggestionFailed(
            id=EventId(f"failed:{one.action_id}"),
            tenant_id=one.tenant_id,
            learner_id=one.learner_id,
            timestamp=EVENT_AT,
            received_at=LATE,
            data=FailedSuggestion(ActionId(one.action_id), Outcome.REJECTED, delivered),
        )
        self.events.append(record(len(self.events), encode_event(event)))

    def faults(self, eras: dict[str, Era] | None = None) -> dict[str, int]:
        log = {
            OUTCOMES: {0: self.outcomes},
            DEAD_LETTERS: {0: self.letters},
            EVENTS: {0: self.events},
        }
        findings = EndFindings()
        judge_ends(findings, read_ends(log), self.actions, self.applied, eras)
        return {name: count for name, count in vars(findings).items() if count}


def path(action_id: str = "p", **changes: Any) -> Action:
    return action(PATH, action_id=action_id, **changes)


def level(action_id: str, name: str = "easy", *, temporary: bool = False) -> Action:
    parameters = PARAMETERS[LEVEL] | {"suggested_level": name, "temporary": temporary}
    return action(LEVEL, action_id=action_id, parameters=parameters)


@pytest.fixture
def case() -> Case:
    return Case()


def test_a_history_of_right_ends_has_no_faults(case: Case) -> None:
    rejected = level("l2", "moderate")
    case.end(level("l1"))
    case.end(rejected, Outcome.REJECTED, delivered_level="easy")
    case.letter("l2")
    case.failed_level(rejected, Level.EASY)
    case.end(level("l3"), Outcome.SUPERSEDED, delivered_level="easy", attempts=0)
    case.end(level("t1", temporary=True), Outcome.EXPIRED)
    case.end(level("l4", "advanced"), delivered_level="easy")
    case.end(path("unsendable", parameters={"x": "y"}, tenant="a\nb"), Outcome.FAILED)
    case.letter("unsendable", Refusal.UNDELIVERABLE)
    case.outcomes += case.outcomes[-3:]  # written again after a crash
    assert case.faults() == {}


def test_a_refusal_that_a_replay_replaced_has_no_faults(case: Case) -> None:
    one = path()
    case.end(one, Outcome.REJECTED)
    case.letter("p")
    case.end(one, Outcome.REJECTED, replaces=Outcome.REJECTED)
    case.end(one, Outcome.DELIVERED, replaces=Outcome.REJECTED)
    old = path("old", learner="other")
    case.end(old, Outcome.REJECTED)
    case.letter("old")
    case.end(path("new", learner="other"))
    case.end(old, Outcome.SUPERSEDED, replaces=Outcome.REJECTED, attempts=0)
    assert case.faults() == {}


@pytest.mark.parametrize(
    ("first", "replaces"),
    [(Outcome.REJECTED, None), (Outcome.REJECTED, Outcome.FAILED), (Outcome.DELIVERED,) * 2],
)
def test_an_end_that_replaces_what_it_cannot_is_seen(
    case: Case, first: Outcome, replaces: Outcome | None
) -> None:
    case.letter("p")
    case.end(path(), first)
    case.end(path(), Outcome.DELIVERED, replaces=replaces)
    assert case.faults() == {"doubled_outcomes": 1}


def test_a_replay_is_superseded_only_where_another_path_has_arrived(case: Case) -> None:
    case.letter("p")
    case.end(path(), Outcome.REJECTED)
    case.end(path(), Outcome.SUPERSEDED, replaces=Outcome.REJECTED)
    case.end(path("later"))
    assert case.faults() == {"wrong_outcomes": 1}


def test_an_action_without_an_end_or_with_two_is_seen(case: Case) -> None:
    case.actions["silent"] = path("silent")
    case.end(path())
    case.end(path())
    assert case.faults() == {"without_outcome": 1, "doubled_outcomes": 1}


def test_serial_numbers_that_contradict_or_miss_are_seen(case: Case) -> None:
    case.end(path("a"))
    case.end(path("b"), serial=1)
    assert case.faults() == {"misnumbered_outcomes": 1, "without_outcome": 1}
    case.end(path("c"), serial=4)
    assert case.faults()["misnumbered_outcomes"] == 2


def test_a_delivery_that_nobody_took_and_a_call_that_nobody_asked_for_are_seen(case: Case) -> None:
    case.end(path())
    case.applied = ["other"]
    assert case.faults() == {"undelivered": 1, "unexpected_calls": 1}


@pytest.mark.parametrize(
    ("how", "changes"),
    [
        (Outcome.EXPIRED, {"at": EVENT_AT}),
        (Outcome.SUPERSEDED, {}),
        (Outcome.REJECTED, {"status": 503}),
        (Outcome.REJECTED, {"status": 429}),
        (Outcome.REJECTED, {"status": None}),
        (Outcome.FAILED, {}),
    ],
)
def test_an_end_that_cannot_be_right_is_seen(
    case: Case, how: Outcome, changes: dict[str, Any]
) -> None:
    case.letter("p")
    case.letter("p", Refusal.UNDELIVERABLE)
    case.end(path(), how, **changes)
    assert case.faults() == {"wrong_outcomes": 1}


def test_erased_ends_belong_to_erased_learners_and_nothing_is_sent_behind_them(case: Case) -> None:
    gone, here = Era(0, erased=True), Era(1)
    case.end(path("p0"))
    case.end(path("p1"), Outcome.ERASED)
    case.end(path("p2"))
    assert case.faults({"p0": gone, "p1": gone, "p2": here}) == {}
    assert case.faults({"p0": gone, "p1": gone, "p2": gone}) == {"sent_after_erasure": 1}
    assert case.faults({"p0": gone, "p1": here, "p2": Era(2)}) == {"sent_after_erasure": 1}
    assert case.faults() == {"sent_after_erasure": 2}


def test_a_level_that_arrived_is_forgotten_with_its_learner(case: Case) -> None:
    case.end(level("l1"))
    case.end(level("l2", "moderate"), Outcome.ERASED, delivered_level=None)
    case.end(level("l3", "moderate"))
    case.end(level("l4", "easy"), delivered_level="moderate")
    gone, here = Era(0, erased=True), Era(1)
    eras = {"l1": gone, "l2": gone, "l3": here, "l4": here}
    assert case.faults(eras) == {}
    assert case.faults(eras | {"l1": here})["wrong_delivered_levels"] == 1


def test_what_never_expires_cannot_have_expired(case: Case) -> None:
    case.end(path(expires_at=None), Outcome.EXPIRED)
    assert case.faults() == {"wrong_outcomes": 1}


def test_a_rejection_without_its_dead_letter_is_seen(case: Case) -> None:
    case.letter("other")
    case.end(path(), Outcome.REJECTED)
    assert case.faults() == {"wrong_outcomes": 1}


def test_what_was_applied_but_is_said_to_have_never_been_called_is_seen(case: Case) -> None:
    case.end(path(), Outcome.EXPIRED, attempts=0)
    case.applied.append("p")
    assert case.faults() == {"unheard_calls": 1}


@pytest.mark.parametrize(
    ("newer", "wrong"),
    [
        (level("new"), 0),
        (level("new", temporary=True), 1),
        (path("new"), 1),
        (action(LEVEL, action_id="new", learner="other"), 1),
    ],
    ids=["a newer one", "of another kind", "of another type", "of another learner"],
)
def test_a_level_is_superseded_only_by_a_newer_one_of_its_kind(
    case: Case, newer: Action, wrong: int
) -> None:
    case.end(level("old"), Outcome.SUPERSEDED)
    case.end(newer)
    assert case.faults() == ({"wrong_outcomes": 1} if wrong else {})


def test_a_level_is_not_superseded_by_an_older_one(case: Case) -> None:
    case.end(level("old"))
    case.end(level("new"), Outcome.SUPERSEDED, delivered_level="easy")
    assert case.faults() == {"wrong_outcomes": 1}


def test_a_wrong_delivered_level_is_seen(case: Case) -> None:
    case.end(level("l1"))
    case.end(level("l2"), delivered_level=None)
    assert case.faults() == {"wrong_delivered_levels": 1}


def test_a_level_that_failed_untold_and_one_told_without_need_are_seen(case: Case) -> None:
    case.end(level("l1"), Outcome.EXPIRED)
    case.end(level("l2"))
    case.failed_level(level("l2"))
    assert case.faults() == {"wrong_failed_levels": 2}
