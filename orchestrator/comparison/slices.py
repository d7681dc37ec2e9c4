"""The actions by tenant, rule, hour of the day and level, with everything that was counted."""

from collections import Counter
from collections.abc import Iterator, Sequence

from orchestrator.comparison.cells import HOUR_BIT, LEVEL_BIT, PLACES, RULE_BIT, TYPES, Place
from orchestrator.comparison.learner_tally import ADDED, CHANGED, LOST, MOVED
from orchestrator.comparison.summary import Cell, Counts, Slice, SliceBy
from orchestrator.comparison.tally import AWAY, SAME, WIDTH, Tally
from orchestrator.core.levels import Level

Part = tuple[int, str]
"""A type's number, and the tenant, rule, hour or level."""


def counts_of(row: Sequence[int]) -> Counts:
    """A row of the tally, or a sum of such, as the report has it."""
    return Counts(
        base=row[SAME] + row[CHANGED] + row[LOST] + row[MOVED],
        candidate=row[SAME] + row[AWAY],
        same=row[SAME],
        changed=row[CHANGED],
        lost=row[LOST],
        added=row[ADDED],
        moved=row[MOVED],
    )


def rows_by(tally: Tally, by: SliceBy) -> dict[Part, list[int]]:
    """The tally's rows, summed by what they are sliced by."""
    rows: dict[Part, list[int]] = {}
    for tenant, cells in tally.counts.items():
        for cell, row in cells.items():
            place = PLACES[cell]
            total = rows.setdefault((place.type, _value(by, tenant, place)), [0] * WIDTH)
            for column, count in enumerate(row):
                total[column] += count
    return rows


def totals(tally: Tally) -> list[Counts]:
    """The counts of each type, in the order of TYPES."""
    rows = [[0] * WIDTH for _ in TYPES]
    for (kind, _), row in rows_by(tally, SliceBy.RULE).items():
        rows[kind] = [sum(pair) for pair in zip(rows[kind], row, strict=True)]
    return [counts_of(row) for row in rows]


def all_slices(tally: Tally) -> tuple[Slice, ...]:
    """Every slice, nothing suppressed."""
    return tuple(Slice(by, tuple(_cells(tally, by))) for by in SliceBy)


def learners_in(tally: Tally, by: SliceBy, kind: int, values: Sequence[str]) -> int:
    """How many learners are given an action of a type in any of these parts of a slice."""
    if by is SliceBy.TENANT:
        among = set(values)
        return sum(one.tenant in among for one in tally.learners.values() if one.seen[kind])
    bits = _bits(by)
    mask = sum(bits[value] for value in values)
    return sum(bool(one.seen[kind] & mask) for one in tally.learners.values())


def _cells(tally: Tally, by: SliceBy) -> Iterator[Cell]:
    learners = _learners(tally, by)
    order = {value: rank for rank, value in enumerate(_bits(by))}
    rows = rows_by(tally, by)
    for kind, value in sorted(rows, key=lambda part: (part[0], order.get(part[1], 0), part[1])):
        yield Cell(
            value=value,
            type=TYPES[kind],
            learners=learners[kind, value],
            counts=counts_of(rows[kind, value]),
        )


def _learners(tally: Tally, by: SliceBy) -> Counter[Part]:
    """How many learners there are in each part."""
    found: Counter[Part] = Counter()
    if by is SliceBy.TENANT:
        for one in tally.learners.values():
            found.update((kind, one.tenant) for kind, seen in enumerate(one.seen) if seen)
        return found
    bits = _bits(by)
    seen_so: Counter[tuple[int, int]] = Counter()
    for one in tally.learners.values():
        seen_so.update(pair for pair in enumerate(one.seen) if pair[1])
    for (kind, seen), learners in seen_so.items():
        for value, bit in bits.items():
            if seen & bit:
                found[kind, value] += learners
    return found


def _value(by: SliceBy, tenant: str, place: Place) -> str:
    match by:
        case SliceBy.TENANT:
            return tenant
        case SliceBy.RULE:
            return place.rule
        case SliceBy.HOUR:
            return f"{place.hour:02}"
        case SliceBy.LEVEL:
            return place.level.value


def _bits(by: SliceBy) -> dict[str, int]:
    """The parts of a slice in their order, and their bits in what is seen of a learner."""
    match by:
        case SliceBy.TENANT:
            return {}
        case SliceBy.RULE:
            return RULE_BIT
        case SliceBy.HOUR:
            return {f"{hour:02}": bit for hour, bit in enumerate(HOUR_BIT)}
        case SliceBy.LEVEL:
            return {level.value: LEVEL_BIT[level] for level in Level}
