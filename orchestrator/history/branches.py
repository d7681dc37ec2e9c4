"""Which stretches of which indexes hold the rows that are wanted. Pure: a query in, SQL out.

A branch is a stretch of one index, in which the rows stand in the order of their time. A page is
the newest of all branches; SQLite merges them as they come, and reads no more of them than it
needs. So a page costs about its offset, whatever the filters are.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

MERGED = 100
"""Learners of one id, each at another tenant, up to whom branches are merged; SQLite has a limit.
The rows of more are sorted."""

NEWEST_FIRST = "ORDER BY at DESC, place DESC"


class Wanted(NamedTuple):
    """A query in the file's numbers. `types`, `states` None: any; `learners` None: anybody's."""

    kind: str
    tenant: int | None
    learners: Sequence[int] | None
    id: str | None
    types: frozenset[int] | None
    states: frozenset[int] | None
    start: int
    end: int
    limit: int
    offset: int

    @property
    def is_of_cells(self) -> bool:
        """Whether it is about types or states, and nobody in particular."""
        is_of_one = self.id is not None or self.learners is not None
        return not is_of_one and (self.types is not None or self.states is not None)

    @property
    def is_counted(self) -> bool:
        """Whether `counts` knows how many rows there are."""
        return self.id is None and self.learners is None


class Branch(NamedTuple):
    """A stretch of an index: its name, the condition and its values."""

    by: str
    where: str
    values: tuple[Any, ...]


def branches(wanted: Wanted, cells: Iterable[tuple[int, int]] = ()) -> list[Branch]:
    """The branches of a query; `cells`: the types and states of which there is a row at all."""
    if wanted.id is not None:
        conditions, values = _rest(wanted)
        return [_branch(wanted, "id", ["id = ?", *conditions], [wanted.id, *values])]
    if wanted.learners is not None:
        if len(wanted.learners) > MERGED:
            return [_branch(wanted, "learner", *_rest(wanted))]
        conditions, values = _rest(wanted._replace(learners=None))
        return [
            _branch(wanted, "learner", ["learner = ?", *conditions], [learner, *values])
            for learner in wanted.learners
        ]
    if wanted.is_of_cells:
        return [_cell(wanted, *cell) for cell in cells]
    if wanted.tenant is not None:
        return [_branch(wanted, "tenant", ["tenant = ?"], [wanted.tenant])]
    return [_branch(wanted, "time", [], [])]


def page_sql(wanted: Wanted, found: Sequence[Branch], columns: str) -> tuple[str, list[Any]]:
    """The page that is wanted, of these branches (at least one), and its values."""
    kind = wanted.kind
    parts = [
        f"SELECT at, place FROM {kind} INDEXED BY {each.by} WHERE {each.where}"  # noqa: S608
        for each in found
    ]
    values = [value for each in found for value in each.values]
    places = f"{' UNION ALL '.join(parts)} {NEWEST_FIRST} LIMIT ? OFFSET ?"
    sql = (
        f"SELECT {columns} FROM ({places}) AS page CROSS JOIN {kind} USING (place) "  # noqa: S608
        "ORDER BY page.at DESC, page.place DESC"
    )
    return sql, [*values, wanted.limit, wanted.offset]


def count_sql(wanted: Wanted, found: Sequence[Branch]) -> tuple[str, list[Any]]:
    """How many rows there are in these branches, looked at each, and its values."""
    parts = [
        f"(SELECT COUNT(*) FROM {wanted.kind} INDEXED BY {each.by} WHERE {each.where})"  # noqa: S608
        for each in found
    ]
    return f"SELECT {' + '.join(parts)}", [value for each in found for value in each.values]


def _cell(wanted: Wanted, type_no: int, state: int) -> Branch:
    if wanted.tenant is None:
        return _branch(wanted, "cell", ["type = ?", "state = ?"], [type_no, state])
    conditions, values = ["tenant = ?", "type = ?", "state = ?"], [wanted.tenant, type_no, state]
    return _branch(wanted, "tenant_cell", conditions, values)


def _rest(wanted: Wanted) -> tuple[list[str], list[Any]]:
    """What else must hold for rows that are found by who or what they are about.

    The numbers are ours; they stand in the text, since there may be several of a kind.
    """
    conditions, values = [], []
    if wanted.tenant is not None:
        conditions.append("tenant = ?")
        values.append(wanted.tenant)
    for column, numbers in (
        ("learner", wanted.learners),
        ("type", wanted.types),
        ("state", wanted.states),
    ):
        if numbers is not None:
            conditions.append(f"{column} IN ({', '.join(str(int(n)) for n in sorted(numbers))})")
    return conditions, values


def _branch(wanted: Wanted, index: str, conditions: list[str], values: list[Any]) -> Branch:
    where = " AND ".join([*conditions, "at >= ?", "at < ?"])
    return Branch(f"{wanted.kind}_by_{index}", where, (*values, wanted.start, wanted.end))
