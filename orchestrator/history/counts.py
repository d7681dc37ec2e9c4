"""How many rows there are, without looking at each: counted by hour and by minute as they come.

A count over a stretch of time is a sum of whole hours, of whole minutes at its ends, and of the
rows themselves in the two minutes that it cuts; so it is exact, however many rows there are.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from orchestrator.core.times import HOUR, MINUTE

SPANS = (HOUR, MINUTE)
"""Microseconds, the longest first."""

ALL_TENANTS = 0
"""The number by which the rows of all tenants are counted together."""


class Cell(NamedTuple):
    """What rows are counted by."""

    kind: str
    tenant: int
    type: int
    state: int


class Stretch(NamedTuple):
    """From `start` to before `end`; as the sum of buckets of `span` (0: of rows)."""

    span: int
    start: int
    end: int


Deltas = Counter[tuple[Cell, int]]
"""Rows more or less, by cell and the time of the row."""


def buckets(deltas: Deltas) -> Counter[tuple[str, int, int, int, int, int]]:
    """What is to be added, by (kind, tenant, span, start, type, state)."""
    found: Counter[tuple[str, int, int, int, int, int]] = Counter()
    for (cell, at), count in deltas.items():
        for span in SPANS:
            start = at // span * span
            for tenant in (ALL_TENANTS, cell.tenant):
                found[cell.kind, tenant, span, start, cell.type, cell.state] += count
    return found


def stretches(start: int, end: int, spans: tuple[int, ...] = SPANS) -> Iterator[Stretch]:
    """The time from `start` to before `end` in pieces, the longest spans that fit."""
    if start >= end:
        return
    if not spans:
        yield Stretch(0, start, end)
        return
    span, *shorter = spans
    first, last = -(-start // span) * span, end // span * span
    if first >= last:
        yield from stretches(start, end, tuple(shorter))
        return
    yield from stretches(start, first, tuple(shorter))
    yield Stretch(span, first, last)
    yield from stretches(last, end, tuple(shorter))
