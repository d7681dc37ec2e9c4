"""The ledger: what came in, held against what became of it, a partition at a time. Pure.

Both sides come from sources of their own (docs/adr/0010), so that they can differ: what one side
has and the other has not is `unexplained`. More came in than ended: it is positive.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeVar

from msgspec import Struct, field

from orchestrator.core.actions import KINDS, Service
from orchestrator.core.counters import DecideCounters, LabelCounters
from orchestrator.core.letter_counters import LetterCounters

EVENTS_SIDE = "events"
SIDES = (EVENTS_SIDE, *(str(service) for service in Service))
"""What has a row in each partition: the events, and the actions of each service."""


class Reading(Struct):
    """What was read, by partition, or by partition and service; what is absent is zero.

    `ends`: of the partitions of the events topic: records ever written. `decide`: counters of what
    was read there. `letters`, `outcomes`: those that stand in their topics, each counted once.
    `waiting`: rows of actions in the deliveries table. `in_flight`: distinct actions in their
    topics beyond what is handled. Neither has actions that were asked for by hand once more.
    """

    ends: Mapping[int, int] = field(default_factory=dict)
    decide: Mapping[int, DecideCounters] = field(default_factory=dict)
    letters: Mapping[int, LetterCounters] = field(default_factory=dict)
    outcomes: Mapping[tuple[int, Service], LabelCounters] = field(default_factory=dict)
    waiting: Mapping[tuple[int, Service], int] = field(default_factory=dict)
    in_flight: Mapping[tuple[int, Service], int] = field(default_factory=dict)


class EventsRow(Struct, frozen=True):
    """received + replayed = decided + duplicates + late + dead_letters + in_flight + unexplained.

    `received`: records of producers and dead letters of the entrance. `replayed`: dead letters that
    came in once more by hand, and are not received twice.
    """

    received: int = 0
    replayed: int = 0
    decided: int = 0
    duplicates: int = 0
    late: int = 0
    dead_letters: int = 0
    in_flight: int = 0

    @property
    def unexplained(self) -> int:
        """What came in and has no end that is known; below zero: ends of what never came in."""
        ended = self.decided + self.duplicates + self.late + self.dead_letters
        return self.received + self.replayed - ended - self.in_flight


class ActionsRow(Struct, frozen=True):
    """decided = all outcomes + parked + in_flight + unexplained.

    `replayed`: how many outcomes took the place of an older one of the same action.
    """

    decided: int = 0
    replayed: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    parked: int = 0
    in_flight: int = 0

    @property
    def unexplained(self) -> int:
        """What was decided and has no end that is known; below zero: ends of what was not."""
        ended = sum(self.outcomes.values())
        return self.decided - ended - self.parked - self.in_flight


Row = TypeVar("Row", EventsRow, ActionsRow)


class Ledger(Struct, frozen=True):
    """The rows of all partitions."""

    events: Mapping[int, EventsRow]
    services: Mapping[Service, Mapping[int, ActionsRow]]

    def unexplained(self) -> dict[tuple[str, int], int]:
        """By (side, partition), only what is not zero."""
        found = {(EVENTS_SIDE, number): row.unexplained for number, row in self.events.items()}
        for service, rows in self.services.items():
            found |= {(str(service), number): row.unexplained for number, row in rows.items()}
        return {place: count for place, count in found.items() if count}

    def differences(self) -> dict[str, int]:
        """By side: the sum over its partitions, each without its sign: none hides another."""
        sums = dict.fromkeys(SIDES, 0)
        for (side, _), count in self.unexplained().items():
            sums[side] += abs(count)
        return sums


def ledger_of(reading: Reading, partitions: int) -> Ledger:
    """The ledger of partitions 0 to `partitions` - 1."""
    numbers = range(partitions)
    return Ledger(
        {number: _events_row(reading, number) for number in numbers},
        {
            service: {number: _actions_row(reading, number, service) for number in numbers}
            for service in Service
        },
    )


def settled(before: Ledger, now: Ledger) -> Ledger:
    """The rows of `before` that were explained, and for the others those of `now`.

    Partitions do not wait for one another: under load hardly any look finds all of them still.
    """
    return Ledger(
        {number: _settled(row, now.events[number]) for number, row in before.events.items()},
        {
            service: {n: _settled(row, now.services[service][n]) for n, row in rows.items()}
            for service, rows in before.services.items()
        },
    )


def sum_of_events(rows: Iterable[EventsRow]) -> EventsRow:
    """All partitions in one row."""
    total: Counter[str] = Counter()
    for row in rows:
        total.update({name: getattr(row, name) for name in EventsRow.__struct_fields__})
    return EventsRow(**total)


def sum_of_actions(rows: Iterable[ActionsRow]) -> ActionsRow:
    """All partitions in one row."""
    total: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    for row in rows:
        outcomes.update(row.outcomes)
        for name in ("decided", "replayed", "parked", "in_flight"):
            total[name] += getattr(row, name)
    return ActionsRow(outcomes=dict(outcomes), **total)


def _settled(before: Row, now: Row) -> Row:
    return now if before.unexplained else before


def _events_row(reading: Reading, number: int) -> EventsRow:
    counted = reading.decide.get(number) or DecideCounters()
    letters = reading.letters.get(number) or LetterCounters()
    end, ours = reading.ends.get(number, 0), counted.internal + counted.controls
    return EventsRow(
        received=end - ours - counted.replayed + letters.entrance,
        replayed=counted.replayed,
        decided=counted.decided,
        duplicates=counted.duplicates,
        late=counted.late,
        dead_letters=letters.entrance + letters.events,
        in_flight=max(0, end - (counted.offset + 1)),
    )


def _actions_row(reading: Reading, number: int, service: Service) -> ActionsRow:
    counted = reading.decide.get(number) or DecideCounters()
    outcomes = reading.outcomes.get((number, service)) or LabelCounters()
    return ActionsRow(
        decided=sum(
            count for kind, count in counted.actions.items() if service_of(kind) is service
        ),
        replayed=outcomes.replayed,
        outcomes=outcomes.counts,
        parked=reading.waiting.get((number, service), 0),
        in_flight=reading.in_flight.get((number, service), 0),
    )


_SERVICES = {str(kind): each.service for kind, each in KINDS.items()}


def service_of(kind: str) -> Service | None:
    """Who is asked by actions of a type; None where the type is none of ours."""
    return _SERVICES.get(kind)
