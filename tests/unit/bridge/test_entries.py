"""An entry becomes an event's record or a dead letter's, and nothing else."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator.bridge.entries import Translated, Translator
from orchestrator.core.event_codec import decode_event
from orchestrator.dialects.fields_form import fields_from
from orchestrator.dialects.reading import read_entry
from orchestrator.dialects.replay import replay_of
from orchestrator.errors import InvalidEvent
from tests.unit.dialects.golden_cases import Case, entry_fields, golden_cases

AT = datetime(2025, 3, 1, 9, 0, 1, tzinfo=UTC)
ASSESSMENT: dict[str, Any] = {
    "type": "ASSESSMENT_COMPLETE",
    "tenant_id": "school/1",
    "learner_id": "l 1",
    "timestamp": "2025-03-01T09:00:00Z",
    "data": {"score": 0.5},
}


def translated(fields: dict[bytes, bytes]) -> Translated:
    return Translator("aivo.events.sel").translate(b"7-1", fields, AT)


def entry_of(**changes: Any) -> dict[bytes, bytes]:
    return {b"data": json.dumps(ASSESSMENT | changes).encode()}


def test_a_good_entry_becomes_the_event_under_its_learners_key() -> None:
    got = translated(entry_of())
    assert got.entry_id == b"7-1"
    assert got.refusal is None
    assert got.record.key == got.learner == b"school%2F1/l%201"
    event = decode_event(got.record.value or b"")
    assert (event.id, event.received_at) == ("redis:aivo.events.sel:7-1", AT)


def test_the_unknown_fields_of_an_event_are_counted() -> None:
    got = translated(entry_of(mood="fine", data={"score": 0.5, "colour": "red"}))
    assert got.unknown_fields == 2


def test_a_bad_entry_becomes_a_dead_letter_with_its_json_as_it_stood() -> None:
    got = translated({b"payload": b"{ no json"})
    headers = dict(got.record.headers)
    assert (got.learner, got.refusal) == (None, "malformed json")
    assert got.record.key == b"redis:aivo.events.sel:7-1" == headers["source"]
    assert (got.record.value, headers["form"]) == (b"{ no json", b"raw")
    assert headers["reason"] == b"malformed json"


@pytest.mark.parametrize(
    "fields",
    [
        {b"type": b"COFFEE_READY", b"tenant_id": b"t", b"data": b"{}"},
        {b"colour": b"red", b"\xff": b"\xfe\x00", b"note": b"base64:is not"},
    ],
    ids=["an entry that is an envelope", "plain fields"],
)
def test_a_dead_letter_of_which_other_fields_have_a_meaning_holds_them_all(
    fields: dict[bytes, bytes],
) -> None:
    got = translated(fields)
    assert dict(got.record.headers)["form"] == b"fields"
    assert fields_from(got.record.value or b"") == fields


@pytest.mark.parametrize(
    "fields",
    [{b"data": b"x" * 999_997}, {b"type": b"COFFEE_READY", b"data": b"x" * 1_000_000}],
    ids=["as it stood", "all fields"],
)
def test_an_entry_over_the_limit_is_a_dead_letter_that_cannot_be_replayed(
    fields: dict[bytes, bytes],
) -> None:
    got = translated(fields)
    headers = dict(got.record.headers)
    assert (headers["reason"], headers["replayable"]) == (b"too large", b"false")
    assert int(headers["length"]) >= 999_997
    assert len(got.record.value or b"") == 65_536


def test_an_entry_within_the_limit_whose_form_is_longer_is_kept_whole() -> None:
    fields = {b"type": b"COFFEE_READY", b"note": b'"' * 800_000}
    got = translated(fields)
    assert dict(got.record.headers)["replayable"] == b"true"
    assert fields_from(got.record.value or b"") == fields


def test_an_event_that_grows_beyond_what_kafka_takes_is_a_dead_letter() -> None:
    numbers = "[" + ",".join(["1e15"] * 190_000) + "]"
    event = json.dumps(ASSESSMENT | {"type": "SLP_UPDATED", "data": {"profile": "?"}})
    fields = {b"data": event.replace('"?"', numbers).encode()}
    got = translated(fields)
    assert got.refusal == "too large"
    assert got.record.value == fields[b"data"]


REFUSED = {name: case for name, case in golden_cases().items() if "refusal" in case}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_what_was_refused_can_be_tried_again_and_is_judged_alike(case: Case) -> None:
    translator = Translator("aivo.events.sel", default_tenant=case.get("default_tenant"))
    got = translator.translate(b"7-1", entry_fields(case), AT)
    again = replay_of(got.record.value, got.record.headers)
    assert (again.source, again.refused_at) == ("redis:aivo.events.sel:7-1", AT)
    with pytest.raises(InvalidEvent) as caught:
        read_entry(again.fields, again.source, AT, case.get("default_tenant"))
    assert caught.value.reason == again.reason == got.refusal
    assert caught.value.detail.encode() == dict(got.record.headers)["detail"]


def test_what_was_refused_is_read_after_a_fix_as_it_would_have_been_at_first() -> None:
    fields = {b"type": b"SEL_ALERT", b"learner_id": b"l", b"timestamp": b"1740819600"}
    fields[b"data"] = b'{"alert_type": "anxiety"}'
    got = translated(fields)
    again = replay_of(got.record.value, got.record.headers)
    event = read_entry(again.fields, again.source, again.refused_at, "school-1")
    assert got.refusal == "missing tenant_id"
    assert event == read_entry(fields, "redis:aivo.events.sel:7-1", AT, "school-1")
