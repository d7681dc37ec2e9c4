"""What the records of the topics say to the history."""

from typing import Any

import pytest

from orchestrator.core.actions import Outcome, encode_action
from orchestrator.core.dead_letters import REPLAYED_FROM
from orchestrator.core.decisions import DecisionBatch, DecisionRow, encode_decisions
from orchestrator.core.erasures import ERASURE, Erasure, encode_erasure
from orchestrator.core.event_codec import encode_event
from orchestrator.core.events import LearnerErased
from orchestrator.core.ids import ActionId, EventId, LearnerId, TenantId
from orchestrator.core.policy_records import CONTROL_KEY, PolicyActivated, encode_control
from orchestrator.delivery.rows import LearnerRow, Waiting, encode_row
from orchestrator.history.entries import (
    ActionsErased,
    Came,
    Decided,
    Entry,
    EventsErased,
    Tried,
    entries_of,
)
from orchestrator.history.places import (
    ACTION_TOPICS,
    action_place,
    event_place,
    event_position,
    log_of,
)
from orchestrator.history.rows import Stage
from orchestrator.history.states import (
    ACTION_OUTCOMES,
    ACTION_STATE,
    action_states,
    action_status,
    event_states,
)
from orchestrator.topics import (
    ACTIONS_NOTIFICATION,
    DECISIONS,
    DELIVERIES_CHANGELOG,
    EVENTS,
    OUTCOMES,
)
from tests.unit.history.samples import NOON, asked, came
from tests.unit.stream.samples import record

EVENT = came(7, partition=2).event
ACTION = asked(7, partition=2).action


def said(topic: str, value: bytes | None, **more: Any) -> list[Entry]:
    return entries_of(record(7, value, topic=topic, partition=2, **more))


def test_an_event_came() -> None:
    (entry,) = said(EVENTS, encode_event(EVENT), key=b"north/ada")
    assert isinstance(entry, Came)
    assert event_position(entry.place) == (2, 7)
    assert (entry.event, entry.kept) == (EVENT, 1_700_000_000_500)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"north/bo", encode_event(EVENT)),  # refused where it is decided
        (CONTROL_KEY, encode_control(PolicyActivated("p1"))),
        (b"north/ada", b"no event"),
        (b"north/ada", None),
    ],
)
def test_what_is_no_event_says_nothing(key: bytes, value: bytes | None) -> None:
    assert said(EVENTS, value, key=key) == []


def test_an_erasure_is_told_by_its_event_and_in_each_topic_of_actions() -> None:
    event = LearnerErased(
        id=EventId("erased:1"),
        tenant_id=TenantId("north"),
        learner_id=LearnerId("ada"),
        timestamp=NOON,
        received_at=NOON,
    )
    place = event_place(2, 7)
    assert said(EVENTS, encode_event(event), key=b"north/ada") == [
        EventsErased(place, "north", "ada")
    ]
    erasure = Erasure(event.id, event.tenant_id, event.learner_id, 7)
    for topic in ACTION_TOPICS:
        (entry,) = said(topic, encode_erasure(erasure), headers=[(ERASURE, b"")])
        assert entry == ActionsErased(action_place(topic, 2, 7), "north", "ada")


def test_a_replayed_action_is_no_new_one() -> None:
    raw = encode_action(ACTION)
    assert len(said(ACTIONS_NOTIFICATION, raw)) == 1
    assert said(ACTIONS_NOTIFICATION, raw, headers=[(REPLAYED_FROM, b"action:a7")]) == []


def test_decisions_are_told_by_place() -> None:
    row = DecisionRow(EventId("e"), "north/ada", "SEL_ALERT", "decided", 9, (ActionId("a"),))
    found = said(DECISIONS, encode_decisions(DecisionBatch(2, "p1", (row,))))
    assert found == [Decided(event_place(2, 9), "decided", "p1", ("a",))]


def test_only_what_was_tried_and_waits_is_told_of_the_deliveries() -> None:
    key = b"notification-svc:north/ada/a7"
    tried = Waiting(ActionId("a7"), 7, b"", attempts=2, parked=True, said="503")
    untried = Waiting(ActionId("a7"), 7, b"", parked=True)
    assert said(DELIVERIES_CHANGELOG, encode_row(tried), key=key) == [Tried("a7", 2, "503")]
    assert said(DELIVERIES_CHANGELOG, encode_row(untried), key=key) == []
    assert said(DELIVERIES_CHANGELOG, None, key=key) == []
    of_learner = encode_row(LearnerRow())
    assert said(DELIVERIES_CHANGELOG, of_learner, key=b"notification-svc:north/ada") == []


@pytest.mark.parametrize("topic", [DECISIONS, OUTCOMES, ACTIONS_NOTIFICATION])
def test_what_cannot_be_read_says_nothing(topic: str) -> None:
    assert said(topic, b"{") == []


def test_places_of_one_log_lie_together() -> None:
    places = [action_place(topic, p, o) for p in (0, 1) for topic in ACTION_TOPICS for o in (0, 9)]
    assert len(set(places)) == len(places)
    for place in places:
        first, beyond = log_of(place)
        assert sum(first <= each < beyond for each in places) == 2


def test_every_outcome_has_a_state_and_each_stage_its_own_states() -> None:
    assert set(ACTION_STATE) == set(Outcome)
    states = [state for stage in Stage for state in action_states(stage)]
    assert sorted(states) == list(range(len(ACTION_OUTCOMES)))
    assert action_status(ACTION_STATE[Outcome.DELIVERED]) is Stage.COMPLETED
    assert action_status(ACTION_STATE[Outcome.ERASED]) is Stage.FAILED
    assert event_states(Stage.EXECUTING) == frozenset()
