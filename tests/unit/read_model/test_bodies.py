"""Which body came first with a key."""

from datetime import timedelta

import pytest

from orchestrator.clock import FixedClock
from orchestrator.core.decisions import Asked, DecisionRow
from orchestrator.read_model.bodies import REMEMBERED, FirstBodies
from tests.unit.read_model.samples import NOON, decisions, row
from tests.unit.stream.samples import record

A_MOMENT = timedelta(microseconds=1)


def asked(
    body_hash: str, age: timedelta = timedelta(), event_id: str = "e", key: str = "north/ada"
) -> DecisionRow:
    return row(event_id, key, asked=Asked("r", NOON - age, body_hash))


@pytest.fixture
def bodies() -> FirstBodies:
    return FirstBodies(FixedClock(NOON))


def test_the_first_body_stays_the_first(bodies: FirstBodies) -> None:
    bodies.on_record(decisions(asked("one", timedelta(hours=2))))
    bodies.on_record(decisions(asked("two", timedelta(hours=1))))
    assert bodies.body_hash("north", "e") == "one"


def test_the_earliest_is_the_first_in_whatever_order_they_are_read(bodies: FirstBodies) -> None:
    bodies.on_record(decisions(asked("two", timedelta(hours=1)), asked("one", timedelta(hours=2))))
    assert bodies.body_hash("north", "e") == "one"


def test_a_key_is_a_tenants_own_whoever_the_learner_is(bodies: FirstBodies) -> None:
    bodies.on_record(decisions(asked("one", key="north%20side/ada"), asked("two", key="south/ada")))
    bodies.on_record(decisions(asked("three", key="north%20side/ben")))
    assert bodies.body_hash("north side", "e") == "one"
    assert bodies.body_hash("south", "e") == "two"
    assert bodies.body_hash("north", "e") is None


def test_an_event_without_a_key_has_no_body_to_compare(bodies: FirstBodies) -> None:
    bodies.on_record(decisions(row(), row(asked=Asked("r", NOON))))
    assert bodies.body_hash("north", "e") is None
    assert len(bodies) == 0


def test_after_a_day_a_key_may_stand_for_another_body() -> None:
    clock = FixedClock(NOON)
    bodies = FirstBodies(clock)
    bodies.on_record(decisions(asked("one")))
    clock.at = NOON + REMEMBERED - A_MOMENT
    assert bodies.body_hash("north", "e") == "one"
    clock.at = NOON + REMEMBERED
    assert bodies.body_hash("north", "e") is None
    bodies.on_record(decisions(asked("two", -REMEMBERED)))
    assert bodies.body_hash("north", "e") == "two"


def test_what_is_older_than_a_day_is_not_taken_up(bodies: FirstBodies) -> None:
    bodies.on_record(decisions(asked("one", REMEMBERED), asked("two", REMEMBERED - A_MOMENT)))
    assert bodies.body_hash("north", "e") == "two"


def test_of_too_many_the_oldest_are_forgotten() -> None:
    bodies = FirstBodies(FixedClock(NOON), limit=100)
    for number in range(101):
        age = timedelta(minutes=number)
        bodies.on_record(decisions(asked(f"body-{number}", age, f"e-{number}")))
    assert len(bodies) == 90
    assert bodies.body_hash("north", "e-89") == "body-89"
    assert bodies.body_hash("north", "e-90") is None


@pytest.mark.parametrize("value", [None, b"", b'{"body_hash":', b'{"body_hash":"\xff"}'])
def test_an_unreadable_record_hurts_nobody(bodies: FirstBodies, value: bytes | None) -> None:
    bodies.on_record(record(0, value))
    bodies.on_record(decisions(asked("one", key="no learner's key")))
    bodies.on_record(decisions(asked("two")))
    assert bodies.body_hash("north", "e") == "two"
