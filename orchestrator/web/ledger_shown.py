"""The ledger as JSON: the answer of GET /ledger, and what `orchestrator ledger --json` prints."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Self

from pydantic import Field

from orchestrator.core.actions import Outcome
from orchestrator.core.ledger import (
    EVENTS_SIDE,
    ActionsRow,
    EventsRow,
    Ledger,
    sum_of_actions,
    sum_of_events,
)
from orchestrator.web.frozen import Frozen

Since = Mapping[tuple[str, int], datetime]
"""(side, partition) -> from when on it has been unexplained."""


class LedgerEvents(Frozen):
    """received + replayed = decided + duplicates + late + dead_letters + in_flight + unexplained.

    `partition` None: all of them.
    """

    partition: int | None
    received: int
    replayed: int = Field(description="dead letters that came in once more by hand")
    decided: int
    duplicates: int
    late: int
    dead_letters: int
    in_flight: int
    unexplained: int
    unexplained_since: datetime | None

    @classmethod
    def of(cls, row: EventsRow, partition: int | None, since: datetime | None) -> Self:
        """A row as it is shown."""
        figures = {name: getattr(row, name) for name in EventsRow.__struct_fields__}
        return cls(
            partition=partition, **figures, unexplained=row.unexplained, unexplained_since=since
        )


class LedgerActions(Frozen):
    """decided = all outcomes + parked + in_flight + unexplained.

    `partition` None: all of them.
    """

    partition: int | None
    decided: int
    replayed: int = Field(
        description="outcomes that took the place of an older one of the same action"
    )
    outcomes: dict[Outcome, int]
    parked: int
    in_flight: int
    unexplained: int
    unexplained_since: datetime | None

    @classmethod
    def of(cls, row: ActionsRow, partition: int | None, since: datetime | None) -> Self:
        """A row as it is shown."""
        return cls(
            partition=partition,
            decided=row.decided,
            replayed=row.replayed,
            outcomes={each: row.outcomes.get(each, 0) for each in Outcome},
            parked=row.parked,
            in_flight=row.in_flight,
            unexplained=row.unexplained,
            unexplained_since=since,
        )


class EventsSide(Frozen):
    """All that came in."""

    total: LedgerEvents
    partitions: list[LedgerEvents]


class ActionsSide(Frozen):
    """All that was decided for one service."""

    total: LedgerActions
    partitions: list[LedgerActions]


class LedgerShown(Frozen):
    """`balanced`: nothing is unexplained, in any partition."""

    as_of: datetime = Field(description="what was before this moment is counted")
    balanced: bool
    events: EventsSide
    services: dict[str, ActionsSide]

    @classmethod
    def of(cls, ledger: Ledger, at: datetime, since: Since) -> Self:
        """The ledger as it is shown."""
        return cls(
            as_of=at,
            balanced=not ledger.unexplained(),
            events=_events(ledger.events, since),
            services={
                str(service): _actions(str(service), rows, since)
                for service, rows in ledger.services.items()
            },
        )


def _events(rows: Mapping[int, EventsRow], since: Since) -> EventsSide:
    return EventsSide(
        total=LedgerEvents.of(sum_of_events(rows.values()), None, _first(EVENTS_SIDE, since)),
        partitions=[
            LedgerEvents.of(row, number, since.get((EVENTS_SIDE, number)))
            for number, row in rows.items()
        ],
    )


def _actions(side: str, rows: Mapping[int, ActionsRow], since: Since) -> ActionsSide:
    return ActionsSide(
        total=LedgerActions.of(sum_of_actions(rows.values()), None, _first(side, since)),
        partitions=[
            LedgerActions.of(row, number, since.get((side, number))) for number, row in rows.items()
        ],
    )


def _first(side: str, since: Since) -> datetime | None:
    moments: Iterable[datetime] = (at for (name, _), at in since.items() if name == side)
    return min(moments, default=None)
