"""A stretch of time in pieces."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.times import HOUR, MINUTE, SECOND
from orchestrator.history.counts import Cell, Deltas, Stretch, buckets, stretches

moments = st.integers(0, 30 * HOUR) | st.integers(0, 30).map(lambda n: n * HOUR)


@given(moments, moments)
def test_the_pieces_are_the_stretch_without_gap_or_overlap(start: int, end: int) -> None:
    found = list(stretches(start, end))
    assert bool(found) == (start < end)
    if found:
        assert (found[0].start, found[-1].end) == (start, end)
        assert all(one.end == other.start for one, other in pairwise(found))
        assert all(piece.start < piece.end for piece in found)


@given(moments, moments)
def test_only_the_two_ends_are_looked_at_row_by_row(start: int, end: int) -> None:
    for piece in stretches(start, end):
        if piece.span:
            assert piece.start % piece.span == piece.end % piece.span == 0
        elif end - start >= 2 * MINUTE:
            assert piece.end - piece.start < MINUTE
    assert sum(not piece.span for piece in stretches(start, end)) <= 2


def test_a_day_and_a_bit_is_hours_minutes_and_a_bit() -> None:
    begin = 5 * HOUR - 90 * SECOND
    assert list(stretches(begin, 7 * HOUR + 1)) == [
        Stretch(0, begin, 5 * HOUR - MINUTE),
        Stretch(MINUTE, 5 * HOUR - MINUTE, 5 * HOUR),
        Stretch(HOUR, 5 * HOUR, 7 * HOUR),
        Stretch(0, 7 * HOUR, 7 * HOUR + 1),
    ]


def test_a_row_counts_for_its_tenant_and_for_all_by_hour_and_minute() -> None:
    deltas: Deltas = Counter({(Cell("events", 7, 1, 2), 3 * HOUR + 5 * MINUTE + 1): 1})
    assert dict(buckets(deltas)) == {
        ("events", tenant, span, start, 1, 2): 1
        for tenant in (0, 7)
        for span, start in ((HOUR, 3 * HOUR), (MINUTE, 3 * HOUR + 5 * MINUTE))
    }
