"""A dead letter -> what is sent in its place, or why nothing is."""

import dataclasses
import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from orchestrator.core.actions import ActionType, encode_action
from orchestrator.core.event_codec import decode_event, encode_event
from orchestrator.core.events import SelAlert
from orchestrator.core.ids import learner_key
from orchestrator.core.refusals import Refusal
from orchestrator.dead_letters.replaying import Prepared, Terms, prepared
from orchestrator.dialects.reading import derived_id, read_entry
from orchestrator.dialects.replay import NotReplayable
from orchestrator.errors import InvalidEvent
from orchestrator.topics import ACTIONS_URGENT, EVENTS
from tests.unit.dead_letters.samples import (
    NOON,
    SOURCE,
    KafkaRecord,
    alert,
    refused,
    rejected,
    support,
)

TERMS = Terms(NOON + timedelta(days=1))
MISSING_TENANT = Refusal.MISSING_TENANT


def of(record: KafkaRecord, terms: Terms = TERMS) -> Prepared:
    return prepared(record.value, record.headers, terms)


def test_an_event_that_is_recognised_now_is_sent_to_its_learners_partition() -> None:
    found = of(refused(alert(), Refusal.UNKNOWN_TYPE))
    assert found.topic == EVENTS
    assert found.id == "alert-1"
    assert found.record.key == learner_key(*_who(found))
    assert found.record.headers == (("replayed-from", SOURCE.encode()),)
    event = decode_event(found.record.value or b"")
    assert isinstance(event, SelAlert)
    assert event.received_at == NOON


def test_an_event_goes_on_in_the_trace_of_its_first_arrival() -> None:
    trace = ("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    letter = refused(alert(), Refusal.UNKNOWN_TYPE)

    traced = of(dataclasses.replace(letter, headers=(*letter.headers, trace)))

    assert trace in traced.record.headers
    assert traced.record[:2] == of(letter).record[:2]


def test_an_event_without_an_id_has_the_one_of_its_source_each_time() -> None:
    record = refused(alert(id=None), MISSING_TENANT)
    ids = {of(record).id, of(record, Terms(NOON + timedelta(days=9))).id}
    assert ids == {derived_id(SOURCE)}
    assert of(record).record == of(record).record


def test_the_id_is_the_one_that_the_bridge_would_have_given() -> None:
    raw = alert(id=None)
    as_bridged = read_entry({b"data": raw}, SOURCE, NOON)
    assert of(refused(raw, Refusal.UNKNOWN_TYPE)).record.value == encode_event(as_bridged)


def test_a_tenant_that_was_missing_is_taken_from_the_settings() -> None:
    record = refused(alert(tenant_id=None), MISSING_TENANT)
    with pytest.raises(InvalidEvent) as caught:
        of(record)
    assert caught.value.reason == MISSING_TENANT
    assert _who(of(record, TERMS._replace(default_tenant="north")))[0] == "north"


def test_an_entry_of_several_fields_is_read_again_as_one() -> None:
    fields = {"type": "SEL_ALERT", "tenant_id": "t", "learner_id": "l", "timestamp": "1767600000",
              "data": '{"alert_type": "anxiety", "severity": "low"}'}  # fmt: skip
    found = of(refused(json.dumps(fields).encode(), Refusal.UNKNOWN_DIALECT, form="fields"))
    assert _who(found) == ("t", "l")


def test_an_event_under_another_learners_key_gets_its_own() -> None:
    source = f"kafka:{EVENTS}:3:17"
    written = encode_event(read_entry({b"data": alert()}, "redis:s:1-0", NOON))
    found = of(refused(written, Refusal.WRONG_KEY, source))
    assert (found.id, found.record.key) == ("alert-1", learner_key(*_who(found)))


def test_what_is_still_no_event_is_refused_again_for_its_reason() -> None:
    with pytest.raises(InvalidEvent) as caught:
        of(refused(alert(type="LUNCH_EATEN"), Refusal.UNKNOWN_TYPE))
    assert caught.value.reason == Refusal.UNKNOWN_TYPE


def test_what_came_before_its_time_is_taken_when_its_time_has_come() -> None:
    """The clock of the worker, or of the producer, was wrong."""
    ahead = NOON + timedelta(minutes=10)
    record = refused(alert(timestamp=ahead.isoformat()), Refusal.FUTURE)
    with pytest.raises(InvalidEvent) as caught:
        of(record, Terms(ahead - timedelta(minutes=6)))
    assert caught.value.reason == Refusal.FUTURE
    found = of(record, Terms(ahead))
    event = decode_event(found.record.value or b"")
    assert event.received_at == event.timestamp == ahead
    assert found == of(record, TERMS), "whenever it is replayed"


def test_what_was_cut_is_not_replayable() -> None:
    with pytest.raises(NotReplayable, match="cut"):
        of(refused(alert(), Refusal.TOO_LARGE, whole_up_to=5))


def test_an_action_is_sent_only_when_actions_are_wanted_and_as_it_was() -> None:
    record = rejected(support())
    with pytest.raises(NotReplayable, match="--actions"):
        of(record, Terms(NOON))
    found = of(record, Terms(NOON, actions=True))
    assert (found.topic, found.id) == (ACTIONS_URGENT, support().action_id)
    assert found.record.value == encode_action(support())
    assert found.record.key == learner_key(support().tenant_id, support().learner_id)
    assert found.record.headers == (("replayed-from", f"action:{found.id}".encode()),)


def test_an_action_is_not_sent_from_the_moment_on_at_which_it_expires() -> None:
    record = rejected(support(timedelta(hours=1)))
    assert of(record, Terms(NOON + timedelta(minutes=59), actions=True))
    with pytest.raises(NotReplayable, match="expired at 2026-01-05T13:00"):
        of(record, Terms(NOON + timedelta(hours=1), actions=True))
    assert of(rejected(support(None)), Terms(NOON + timedelta(days=900), actions=True))


@pytest.mark.parametrize("temporary", [False, True])
def test_a_level_is_not_sent_again_and_the_sentence_says_what_comes_instead(
    temporary: bool,
) -> None:
    parameters = {"suggested_level": "easy", "temporary": temporary}
    action = replace(support(), type=ActionType.LEVEL_SUGGESTED, parameters=parameters)
    with pytest.raises(NotReplayable, match="The next event gives a new suggestion"):
        of(rejected(action), Terms(NOON, actions=True))


@pytest.mark.parametrize("raw", [b"no action", b"{}", b"[" * 100_000])
def test_an_actions_letter_that_holds_none_is_not_replayable(raw: bytes) -> None:
    with pytest.raises(NotReplayable, match="holds no action"):
        of(refused(raw, Refusal.REJECTED, "action:a1"), Terms(NOON, actions=True))


def test_an_action_that_is_not_whole_or_was_changed_is_not_replayable() -> None:
    raw = encode_action(support())
    cut = refused(raw, Refusal.REJECTED, "action:a1", whole_up_to=5)
    changed = refused(raw, Refusal.REJECTED, "action:a1")
    changed.value = raw.replace(b"learner-1", b"learner-2")
    for record in (cut, changed):
        with pytest.raises(NotReplayable, match="not whole"):
            of(record, Terms(NOON, actions=True))


def test_a_record_that_is_no_dead_letter_is_not_replayable() -> None:
    with pytest.raises(NotReplayable, match="no dead letter"):
        of(KafkaRecord(None, b"{}", ()))


def _who(found: Prepared) -> tuple[str, str]:
    event = decode_event(found.record.value or b"")
    return event.tenant_id, event.learner_id
