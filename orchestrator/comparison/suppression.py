"""Small cells are hidden, and so is what would give them away.

A cell with fewer than SMALLEST learners tells of single children. Since the total of a type is
known, one hidden cell alone could be computed: so the next smallest are hidden too, until at least
two cells with together SMALLEST learners are.
"""

from collections.abc import Callable, Iterable, Sequence

from orchestrator.comparison.summary import Cell, Slice
from orchestrator.core.actions import ActionType

SMALLEST = 10

LearnersIn = Callable[[ActionType, Sequence[str]], int]
"""How many learners are in any of some cells of a type."""


def suppressed(whole: Slice, learners_in: LearnersIn) -> Slice:
    """The slice without what tells of fewer than SMALLEST learners."""
    hidden = {
        (kind, value)
        for kind in {cell.type for cell in whole.cells}
        for value in _to_hide([cell for cell in whole.cells if cell.type == kind], learners_in)
    }
    return Slice(
        whole.by,
        tuple(
            Cell(value=cell.value, type=cell.type, suppressed=True)
            if (cell.type, cell.value) in hidden
            else cell
            for cell in whole.cells
        ),
    )


def _to_hide(cells: Iterable[Cell], learners_in: LearnersIn) -> list[str]:
    """Which cells of one type: the fewest, smallest first."""
    hidden: list[str] = []
    for cell in sorted(cells, key=_size):
        is_small = (cell.learners or 0) < SMALLEST
        if not is_small and not (hidden and _are_given_away(cell.type, hidden, learners_in)):
            break
        hidden.append(cell.value)
    return hidden


def _are_given_away(kind: ActionType, hidden: Sequence[str], learners_in: LearnersIn) -> bool:
    return len(hidden) < 2 or learners_in(kind, hidden) < SMALLEST


def _size(cell: Cell) -> tuple[int, str]:
    return cell.learners or 0, cell.value
