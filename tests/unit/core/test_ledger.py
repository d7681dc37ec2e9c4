"""The arithmetic of the ledger: what balances, and what must not."""

from typing import Any

import pytest
from msgspec.structs import replace

from orchestrator.core.actions import ActionType, Service
from orchestrator.core.counters import DecideCounters, LabelCounters
from orchestrator.core.ledger import (
    EVENTS_SIDE,
    ActionsRow,
    EventsRow,
    Reading,
    ledger_of,
    settled,
    sum_of_actions,
    sum_of_events,
)
from orchestrator.core.letter_counters import LetterCounters

LEARNER, NOTIFICATION = Service.LEARNER, Service.NOTIFICATION

COUNTED = DecideCounters(
    offset=99,
    decided=80,
    duplicates=7,
    late=3,
    refused=2,
    internal=5,
    controls=3,
    replayed=4,
    actions={
        ActionType.LEVEL_SUGGESTED: 6,
        ActionType.LEARNING_PATH_UPDATE: 4,
        ActionType.SEL_INTERVENTION: 9,
    },
)
LETTERS = LetterCounters(entrance=11, events=2)
WHOLE = Reading(
    ends={1: 120},
    decide={1: COUNTED},
    letters={1: LETTERS},
    outcomes={
        (1, LEARNER): LabelCounters(counts={"delivered": 5, "rejected": 2}, replayed=1),
        (1, NOTIFICATION): LabelCounters(counts={"delivered": 4}),
    },
    waiting={(1, LEARNER): 2, (1, NOTIFICATION): 3},
    in_flight={(1, LEARNER): 1, (1, NOTIFICATION): 2},
)


def unexplained(**changes: Any) -> dict[tuple[str, int], int]:
    return ledger_of(replace(WHOLE, **changes), partitions=2).unexplained()


def test_what_was_read_and_what_is_ahead_balances() -> None:
    ledger = ledger_of(WHOLE, partitions=2)
    assert ledger.unexplained() == {}
    assert ledger.differences() == {"events": 0, "learner-svc": 0, "notification-svc": 0}
    # 120 records, 8 of them ours and 4 replayed; and 11 dead letters that never were records.
    assert ledger.events[1] == EventsRow(
        received=119, replayed=4, decided=80, duplicates=7, late=3, dead_letters=13, in_flight=20
    )
    assert ledger.events[0] == EventsRow()
    assert ledger.services[LEARNER][1] == ActionsRow(
        decided=10, replayed=1, outcomes={"delivered": 5, "rejected": 2}, parked=2, in_flight=1
    )


@pytest.mark.parametrize(
    ("name", "value", "side", "count"),
    [
        ("decide", {1: replace(COUNTED, decided=79)}, "events", 1),
        ("decide", {1: replace(COUNTED, decided=81)}, "events", -1),
        ("decide", {1: replace(COUNTED, late=0)}, "events", 3),
        ("letters", {1: LetterCounters(entrance=11, events=1)}, "events", 1),
        ("letters", {}, "events", 2),
        ("ends", {1: 90}, "events", -10),
        ("waiting", {(1, LEARNER): 1, (1, NOTIFICATION): 3}, "learner-svc", 1),
        ("in_flight", {(1, LEARNER): 1}, "notification-svc", 2),
        ("in_flight", {(1, LEARNER): 4, (1, NOTIFICATION): 2}, "learner-svc", -3),
        ("outcomes", {(1, LEARNER): LabelCounters(counts={"delivered": 7})}, "notification-svc", 4),
    ],
)
def test_each_figure_that_is_wrong_shows_where_it_is(
    name: str, value: object, side: str, count: int
) -> None:
    assert unexplained(**{name: value}) == {(side, 1): count}


def test_dead_letters_of_the_entrance_alone_are_in_balance() -> None:
    assert unexplained(letters={0: LetterCounters(entrance=5), 1: LETTERS}) == {}


def test_a_surplus_in_one_partition_does_not_hide_a_lack_in_another() -> None:
    ledger = ledger_of(replace(WHOLE, waiting={(0, LEARNER): 2, (1, NOTIFICATION): 3}), 2)
    assert ledger.unexplained() == {("learner-svc", 0): -2, ("learner-svc", 1): 2}
    assert sum_of_actions(ledger.services[LEARNER].values()).unexplained == 0
    assert ledger.differences()["learner-svc"] == 4


def test_sums_are_of_all_partitions() -> None:
    one, other = EventsRow(received=3, decided=2, late=1), EventsRow(received=4, in_flight=4)
    assert sum_of_events([one, other]) == EventsRow(received=7, decided=2, late=1, in_flight=4)
    rows = [
        ActionsRow(5, 1, {"delivered": 3}, 1, 1),
        ActionsRow(2, 0, {"delivered": 1, "failed": 1}),
    ]
    assert sum_of_actions(rows) == ActionsRow(7, 1, {"delivered": 4, "failed": 1}, 1, 1)


def test_a_row_that_was_explained_once_stays_so_and_the_others_are_looked_at_again() -> None:
    first = ledger_of(replace(WHOLE, waiting={(1, LEARNER): 2}, ends={1: 90}), 2)
    second = ledger_of(replace(WHOLE, in_flight={(1, NOTIFICATION): 2}, ends={1: 95}), 2)
    found = settled(first, second)
    assert found.unexplained() == {(EVENTS_SIDE, 1): -5}
    assert found.services[LEARNER][1] == first.services[LEARNER][1]
