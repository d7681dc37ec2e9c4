"""A dead letter can be tried again: what is read then is what would have been read at first."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.dead_letters import dead_letter
from orchestrator.core.refusals import Refusal
from orchestrator.dialects.entry import entry_size
from orchestrator.dialects.fields_form import BASE64, fields_form, fields_from
from orchestrator.dialects.replay import NotReplayable, replay_of
from orchestrator.errors import InvalidEvent
from tests.unit.dialects.golden_cases import RECEIVED_AT, SOURCE

Headers = tuple[tuple[str, bytes], ...]

field_bytes = st.binary(max_size=24) | st.text(max_size=12).map(str.encode)


def letter(
    raw: bytes, form: str = "raw", source: str = SOURCE, whole_up_to: int = 1_000_000
) -> tuple[bytes, Headers]:
    made = dead_letter(
        raw, Refusal.UNKNOWN_TYPE, "?", source, RECEIVED_AT, form=form, whole_up_to=whole_up_to
    )
    return made.value, made.headers


def changed(headers: Headers, name: str, text: str | None) -> Headers:
    """The headers with another value, or without one, under a name."""
    kept = tuple((each, value) for each, value in headers if each != name)
    return kept if text is None else (*kept, (name, text.encode()))


def test_json_that_was_refused_comes_back_as_an_entry_with_it() -> None:
    again = replay_of(*letter(b"{ no json"))
    assert again == ({b"data": b"{ no json"}, SOURCE, "unknown type", RECEIVED_AT)


@given(st.dictionaries(field_bytes, field_bytes, max_size=6))
def test_the_fields_of_an_entry_come_back_to_the_byte(fields: dict[bytes, bytes]) -> None:
    assert replay_of(*letter(fields_form(fields), form="fields")).fields == fields


@pytest.mark.parametrize("filling", [b'"', b"\x00", b"\xff", b"a", "ü".encode()])
def test_the_form_of_a_large_entry_is_not_much_larger(filling: bytes) -> None:
    fields = {b"type": b"SEL_ALERT", b"note": filling * (900_000 // len(filling))}
    form = fields_form(fields)
    assert len(form) < 1.6 * entry_size(fields)
    assert fields_from(form) == fields


def test_a_short_text_stays_legible_whatever_is_in_it() -> None:
    fields = {b"data": b'{"type": "SEL_ALERT"}', b"note": b'""""'}
    assert json.loads(fields_form(fields)) == {
        name.decode(): value.decode() for name, value in fields.items()
    }


def test_a_refused_record_of_the_event_topic_comes_back_as_an_entry_with_it() -> None:
    source = "kafka:orchestrator.events:3:17"
    again = replay_of(*letter(b'{"type": "X"}', source=source))
    assert (again.fields, again.source) == ({b"data": b'{"type": "X"}'}, source)


def test_the_time_of_refusal_is_in_utc() -> None:
    value, headers = letter(b"{}")
    again = replay_of(value, changed(headers, "at", "2025-03-01T10:00:00+01:00"))
    assert again.refused_at == datetime(2025, 3, 1, 9, tzinfo=UTC)
    assert again.refused_at.tzinfo is UTC


@pytest.mark.parametrize(
    "source", ["kafka:orchestrator.actions.learner-svc:0:5", "action:a-1", "kafka:other:0:1"]
)
def test_an_action_is_not_replayed_as_an_event(source: str) -> None:
    with pytest.raises(NotReplayable, match="no event but an action"):
        replay_of(*letter(b"{}", source=source))


def test_what_was_cut_is_not_replayable() -> None:
    with pytest.raises(NotReplayable, match=r"first 65,536 of 100000 bytes.*its producer"):
        replay_of(*letter(b"x" * 100_000, whole_up_to=10))


def test_what_was_changed_on_the_way_is_not_replayable() -> None:
    _, headers = letter(b"{}")
    with pytest.raises(NotReplayable, match="SHA-256"):
        replay_of(b"{ }", headers)
    with pytest.raises(NotReplayable, match="SHA-256"):
        replay_of(None, headers)


@pytest.mark.parametrize("name", ["reason", "source", "sha256", "at", "form", "replayable"])
def test_a_record_without_its_headers_is_no_dead_letter(name: str) -> None:
    value, headers = letter(b"{}")
    with pytest.raises(NotReplayable, match=f"`{name}` is missing"):
        replay_of(value, changed(headers, name, None))


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("form", "cbor", "newer version"),
        ("at", "yesterday", "no time"),
        ("form", "fields", "does not hold an entry's fields"),
    ],
)
def test_headers_that_cannot_be_understood_are_named(name: str, text: str, words: str) -> None:
    value, headers = letter(b'{"data": 7}')
    with pytest.raises(NotReplayable, match=words):
        replay_of(value, changed(headers, name, text))


@pytest.mark.parametrize("form", [b"[]", b'{"a": 1}', b'{"a": "\\ud800"}', b"\xff"])
def test_a_form_of_another_make_is_refused(form: bytes) -> None:
    with pytest.raises(InvalidEvent):
        fields_from(form)


def test_a_code_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="a field of the entry"):
        fields_from(json.dumps({"a": f"{BASE64}*"}).encode())
