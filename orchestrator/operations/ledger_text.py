"""The ledger for a terminal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from orchestrator.core.actions import Outcome
from orchestrator.core.ledger import (
    ActionsRow,
    EventsRow,
    Ledger,
    Row,
    sum_of_actions,
    sum_of_events,
)
from orchestrator.operations.columns import columns

EVENT_FIGURES = (
    "received", "replayed", "decided", "duplicates", "late", "dead_letters", "in_flight",
    "unexplained",
)  # fmt: skip


def as_tables(ledger: Ledger) -> Iterator[str]:
    """A table for the events, and one for each service: a row a partition, and the sums."""
    yield from _table("events", EVENT_FIGURES, _event_rows(ledger.events))
    for service, rows in ledger.services.items():
        yield ""
        figures = ("decided", "replayed", *Outcome, "parked", "in_flight", "unexplained")
        yield from _table(str(service), figures, _action_rows(rows))


def as_verdict(ledger: Ledger) -> Iterator[str]:
    """One line that says that all is explained, or a line for each place where it is not."""
    unexplained = ledger.unexplained()
    if not unexplained:
        yield "The ledger balances: nothing is unexplained."
    for (side, partition), count in unexplained.items():
        what = "have no end that is known" if count > 0 else "ended without having come in"
        yield f"{side}, partition {partition}: {abs(count):,} {what}"


def _event_rows(rows: Mapping[int, EventsRow]) -> Iterator[Sequence[object]]:
    for name, row in _named(rows, sum_of_events(rows.values())):
        yield [name, *(getattr(row, figure) for figure in EVENT_FIGURES)]


def _action_rows(rows: Mapping[int, ActionsRow]) -> Iterator[Sequence[object]]:
    for name, row in _named(rows, sum_of_actions(rows.values())):
        outcomes = [row.outcomes.get(each, 0) for each in Outcome]
        ahead = (row.parked, row.in_flight, row.unexplained)
        yield [name, row.decided, row.replayed, *outcomes, *ahead]


def _named(rows: Mapping[int, Row], total: Row) -> Iterator[tuple[str, Row]]:
    for number, row in rows.items():
        yield f"partition {number}", row
    yield "all", total


def _table(name: str, figures: Iterable[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    head = [name, *(figure.replace("_", " ") for figure in figures)]
    body = [[str(row[0]), *(f"{figure:,}" for figure in row[1:])] for row in rows]
    return columns([head, *body])
