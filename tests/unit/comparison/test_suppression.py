"""What is hidden so that no single child can be seen."""

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.comparison.slices import all_slices
from orchestrator.comparison.summary import Cell, Counts, Slice, SliceBy
from orchestrator.comparison.suppression import SMALLEST, suppressed
from orchestrator.core.actions import ActionType
from tests.unit.comparison.samples import SOONER, Feed, by, classroom

BREAK = ActionType.GAME_BREAK


def tenants(**learners: int) -> Slice:
    """So many learners a tenant, each with a break."""
    return Slice(
        SliceBy.TENANT,
        tuple(
            Cell(value=name, type=BREAK, learners=count, counts=Counts(base=count))
            for name, count in learners.items()
        ),
    )


def hidden(whole: Slice) -> set[str]:
    found = suppressed(whole, lambda _, values: sum(size(whole, value) for value in values))
    assert [cell.value for cell in found.cells] == [cell.value for cell in whole.cells]
    for cell, before in zip(found.cells, whole.cells, strict=True):
        assert (cell.learners, cell.counts) == (None, None) if cell.suppressed else cell == before
    return {cell.value for cell in found.cells if cell.suppressed}


def size(whole: Slice, value: str) -> int:
    return next(cell.learners or 0 for cell in whole.cells if cell.value == value)


def test_cells_of_ten_and_more_are_shown() -> None:
    assert hidden(tenants(a=10, b=4_000)) == set()


def test_one_small_cell_takes_the_next_smallest_with_it() -> None:
    assert hidden(tenants(a=9, b=300, c=20, d=4_000)) == {"a", "c"}


def test_two_small_cells_that_are_many_together_are_enough() -> None:
    assert hidden(tenants(a=9, b=5, c=20)) == {"a", "b"}


def test_small_cells_that_are_few_together_take_another_with_them() -> None:
    assert hidden(tenants(a=3, b=4, c=20, d=30)) == {"a", "b", "c"}


def test_a_small_cell_alone_is_hidden() -> None:
    assert hidden(tenants(a=3)) == {"a"}


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 40), min_size=2))
def test_what_is_hidden_cannot_be_computed_from_the_total(learners: dict[str, int]) -> None:
    found = hidden(tenants(**learners))
    assert {name for name, count in learners.items() if count < SMALLEST} <= found
    if found:
        assert len(found) >= 2
        assert sum(learners[name] for name in found) >= SMALLEST or len(found) == len(learners)


def test_learners_who_are_in_two_cells_are_counted_once() -> None:
    """A class of nine at any hour is nine children, not nine for every hour."""
    feed = Feed(SOONER).sees(*classroom(9, 600))
    assert any((cell.learners or 0) > 4 for one in all_slices(feed.tally) for cell in one.cells)
    for one in feed.comparison().slices:
        assert all(cell.suppressed for cell in one.cells)


def test_the_report_has_the_cells_of_many_and_not_those_of_few() -> None:
    comparison = Feed(SOONER).sees(*classroom(45, 2_500)).comparison()
    cells = [cell for cell in by(comparison, SliceBy.TENANT).cells if cell.type is BREAK]
    assert [cell.learners for cell in cells] == [15, 15, 15]
    assert all((cell.learners or 10) >= 10 for one in comparison.slices for cell in one.cells)
    assert any(cell.suppressed for one in comparison.slices for cell in one.cells)
