"""What holds for every arrival, whatever the dialect."""

import copy
import json
from datetime import timedelta
from typing import Any

import pytest

from orchestrator.core.refusals import Refusal
from orchestrator.dialects.reading import Limits, derived_id, read_entry, read_object
from orchestrator.errors import InvalidEvent
from tests.unit.dialects.golden_cases import RECEIVED_AT, SOURCE

ASSESSMENT: dict[str, Any] = {
    "type": "assessment_complete",
    "tenant_id": "t-1",
    "learner_id": "l-1",
    "timestamp": "2025-03-01T09:00:00Z",
    "data": {"score": 0.5},
}

BASELINE: dict[str, Any] = {
    "event_type": "baseline_complete",
    "created_at": "2025-03-01T09:00:00Z",
    "data": {
        "student_id": "l-1",
        "accuracy_percentage": 50,
        "metadata": {"strengths": ["reading"], "weaknesses": ["maths"], "items": 3},
    },
}


def entry_of(size: int) -> dict[bytes, bytes]:
    """An entry of exactly `size` bytes, names included."""
    body = json.dumps(ASSESSMENT).encode()
    return {b"data": body, b"fill": b"x" * (size - len(body) - len(b"data") - len(b"fill"))}


def test_an_object_is_read_as_an_entry_of_it_would_be() -> None:
    from_entry = read_entry({b"data": json.dumps(ASSESSMENT).encode()}, SOURCE, RECEIVED_AT)
    assert read_object(ASSESSMENT, SOURCE, RECEIVED_AT) == from_entry


def test_an_object_that_is_read_is_left_as_it_was() -> None:
    for event in (ASSESSMENT, BASELINE):
        found = copy.deepcopy(event)
        read_object(found, SOURCE, RECEIVED_AT, default_tenant="t-2")
        assert found == event


def test_an_entry_at_the_limit_is_read() -> None:
    assert read_entry(entry_of(1_000_000), SOURCE, RECEIVED_AT).learner_id == "l-1"


def test_an_entry_over_the_limit_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="1,000,001 bytes") as caught:
        read_entry(entry_of(1_000_001), SOURCE, RECEIVED_AT)
    assert caught.value.reason is Refusal.TOO_LARGE


def test_the_limits_are_the_callers() -> None:
    strict = Limits(entry_bytes=10_000, ahead=timedelta(seconds=-2))
    with pytest.raises(InvalidEvent) as caught:
        read_object(ASSESSMENT, SOURCE, RECEIVED_AT, limits=strict)
    assert caught.value.reason is Refusal.FUTURE


def test_a_derived_id_is_the_source_itself_as_long_as_an_id_may_be() -> None:
    assert derived_id("s" * 128) == "s" * 128


def test_a_derived_id_of_a_long_source_fits_and_differs_by_source() -> None:
    first, second = derived_id("s" * 129), derived_id("s" * 130)
    assert len(first) <= 128
    assert first != second
    assert first == derived_id("s" * 129)


@pytest.mark.parametrize("levels", [100, 10_000, 200_000])
@pytest.mark.parametrize("brackets", [b"[]", b"{}"])
def test_deep_nesting_is_refused_or_ignored_and_never_more(levels: int, brackets: bytes) -> None:
    opening = b"[" if brackets == b"[]" else b'{"a":'
    nested = opening * levels + b"1" + brackets[1:] * levels
    fields = {b"type": b"SLP_UPDATED", b"data": b'{"profile":' + nested + b"}"}
    with pytest.raises(InvalidEvent):
        read_entry(fields, SOURCE, RECEIVED_AT, "t-1")
