"""Unknown fields are counted as the core counts them, and each make only once."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.event_codec import unknown_fields
from orchestrator.dialects.unknown_fields import REMEMBERED, UnknownFields
from tests.unit.dialects.shapes import DATA, canonical

names = st.sampled_from(["mood", "score", "accuracy", "performance_metrics", "engagement", "id"])
values = st.none() | st.integers() | st.dictionaries(names, st.integers(), max_size=3)


@given(st.lists(st.tuples(st.sampled_from(sorted(DATA)), st.dictionaries(names, values))))
def test_the_count_is_that_of_the_core_whatever_came_before(
    events: list[tuple[str, dict[str, Any]]],
) -> None:
    counter = UnknownFields()
    for kind, more in events:
        event = canonical(kind)
        event["data"] |= more
        assert counter.count(event) == len(unknown_fields(event))


def test_fields_within_an_object_within_data_are_counted_too() -> None:
    event = canonical("COURSEWORK_ANALYZED")
    counter = UnknownFields()
    assert counter.count(event) == 0
    event["data"]["performance_metrics"]["haste"] = 0.2
    assert counter.count(event) == 1


def test_data_that_is_no_object_has_no_fields() -> None:
    assert UnknownFields().count(canonical("SEL_ALERT") | {"data": [1], "mood": 1}) == 1


def test_names_without_end_are_counted_and_not_remembered() -> None:
    counter = UnknownFields()
    for number in range(REMEMBERED * 2 + 1):
        event = canonical("ASSESSMENT_COMPLETE") | {f"x{number}": 1}
        assert counter.count(event) == 1
    assert counter.remembered <= REMEMBERED
    broad = canonical("ASSESSMENT_COMPLETE") | {f"y{number}": 1 for number in range(500)}
    before = counter.remembered
    assert counter.count(broad) == 500
    assert counter.remembered == before
