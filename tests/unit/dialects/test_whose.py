"""Whom the bytes of a refused input name."""

import json

import pytest

from orchestrator.dialects.fields_form import fields_form
from orchestrator.dialects.whose import Whose, whose

ANNA = Whose(("north",), ("anna",))


@pytest.mark.parametrize(
    "raw",
    [
        b'{"tenant_id": "north", "learner_id": "anna", "type": "?"}',
        b'{"tenant_id": "north", "data": {"student_id": "anna"}}',
        b'{"data": {"tenant_id": "north", "user_id": "anna"}}',
        b'{"tenant_id": "north", "learner_id": "anna", "score": NaN}',
        b'{"tenant_id": "north", "learner_id": "anna", "data": {"cut off',
        b'{"tenant_id":"north" , "learner_id" :\n"\\u0061nna", x}',
    ],
)
def test_who_is_named_is_found_whether_or_not_it_can_be_read(raw: bytes) -> None:
    assert whose(raw) == ANNA


def test_an_entry_that_was_kept_by_its_fields_names_them_outside_or_inside_of_its_json() -> None:
    flat = {b"tenant_id": b"north", b"learner_id": b"anna", b"kind": b"?"}
    inside = {b"data": b'{"tenant_id": "north", "learner_id": "anna"}', b"note": b"x"}
    assert whose(fields_form(flat), "fields") == ANNA
    assert whose(fields_form(inside), "fields") == ANNA


def test_several_are_all_named_and_a_number_is_a_name_too() -> None:
    raw = {"tenant_id": "north", "learner_id": "anna", "data": {"learner_id": 7}}
    assert whose(json.dumps(raw).encode()) == Whose(("north",), ("anna", "7"))


@pytest.mark.parametrize(
    "raw",
    [b"", b"no json", b"\xff\xfe", b"[" * 100_000, b"{}", b'{"learner_id": ""}', b'{"data": []}',
     b'{"learner_id": "\\ud800"}', b'"learner_id": "\\ud800"', b'{"learner_id": ["anna"]}'],
)  # fmt: skip
@pytest.mark.parametrize("form", ["raw", "fields", "of tomorrow"])
def test_of_what_names_nobody_nobody_is_found(raw: bytes, form: str) -> None:
    assert whose(raw, form) == Whose()
