"""The slices as tables: a row a value, with what differs most at the top."""

from msgspec import Struct

from orchestrator.backtest.report import words
from orchestrator.backtest.report.bars import Change
from orchestrator.backtest.report.bars import change as change_bar
from orchestrator.backtest.report.figures import change, difference, plural, whole
from orchestrator.comparison.summary import Cell, Comparison, Slice, SliceBy
from orchestrator.core.actions import ActionType
from orchestrator.core.levels import Level

SHOWN = 10
"""So many rows of a table are seen at once; the others are unfolded by a click."""


class SliceCell(Struct, frozen=True):
    """A cell of a table in words; `hidden`: too few learners to be shown."""

    hidden: bool
    base: str = ""
    candidate: str = ""
    change: str = ""
    difference: str = ""
    learners: str = ""
    bar: Change | None = None


class SliceRow(Struct, frozen=True):
    """A value of a slice. `code`: how the files call it, where the words say it otherwise."""

    name: str
    code: str
    type: str
    cell: SliceCell


class SliceTable(Struct, frozen=True):
    """The rows of a slice; `more`: those that are folded away."""

    title: str
    key: str
    rows: tuple[SliceRow, ...]
    more: tuple[SliceRow, ...]
    hides: bool


def slice_tables(comparison: Comparison) -> tuple[SliceTable, ...]:
    """The tables of all slices but the hours', which are drawn (hours.py)."""
    return tuple(_table(each) for each in comparison.slices if each.by is not SliceBy.HOUR)


def _table(part: Slice) -> SliceTable:
    largest = max((abs(_more(cell)) for cell in part.cells), default=0)
    ranked = sorted(part.cells, key=_by_level if part.by is SliceBy.LEVEL else _rank)
    rows = tuple(_row(cell, part.by, largest) for cell in ranked)
    return SliceTable(
        title=words.SLICES[part.by],
        key=part.by.value,
        rows=rows[:SHOWN],
        more=rows[SHOWN:],
        hides=any(cell.suppressed for cell in part.cells),
    )


def _more(cell: Cell) -> int:
    return 0 if cell.counts is None else cell.counts.candidate - cell.counts.base


def _rank(cell: Cell) -> tuple[bool, int, int, str]:
    """The largest change first; what is hidden last."""
    return cell.suppressed, -abs(_more(cell)), _place(cell.type), cell.value


def _by_level(cell: Cell) -> tuple[int, int]:
    order = [level.value for level in Level]
    at = order.index(cell.value) if cell.value in order else len(order)
    return _place(cell.type), at


def _place(kind: ActionType) -> int:
    return list(words.TYPES).index(kind)


def _row(cell: Cell, by: SliceBy, largest: int) -> SliceRow:
    name = words.rule(cell.value) if by is SliceBy.RULE else cell.value
    code = cell.value if name != cell.value else ""
    return SliceRow(name, code, words.TYPES[cell.type], _cell(cell, largest))


def _cell(cell: Cell, largest: int) -> SliceCell:
    if cell.suppressed or cell.counts is None:
        return SliceCell(hidden=True)
    base, candidate = cell.counts.base, cell.counts.candidate
    return SliceCell(
        hidden=False,
        base=whole(base),
        candidate=whole(candidate),
        change=change(base, candidate),
        difference=difference(base, candidate),
        learners=plural(cell.learners or 0, "learner", "learners"),
        bar=change_bar(base, candidate, largest),
    )
