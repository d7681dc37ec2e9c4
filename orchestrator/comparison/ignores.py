"""Differences that are expected: named, with a reason, and only up to a day."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from orchestrator.comparison.cells import FIRST_CELL, PLACES, TYPES
from orchestrator.comparison.learner_tally import ADDED, CHANGED, LOST, MOVED
from orchestrator.comparison.summary import Expected, Ignored, Kind
from orchestrator.comparison.tally import Tally
from orchestrator.core.actions import ActionType
from orchestrator.errors import InvalidIgnores

Text = Annotated[str, Meta(min_length=1, max_length=500)]

COLUMNS = {
    Kind.CHANGED: CHANGED,
    Kind.LOST: LOST,
    Kind.ADDED: ADDED,
    Kind.MOVED: MOVED,
}


class Ignore(Struct, frozen=True, forbid_unknown_fields=True):
    """One expected difference. An empty list of criteria means any; one must not be empty.

    `until`: the last day on which it holds. A difference has the rule that gives it under base, an
    added one that under the candidate.
    """

    name: Text
    why: Text
    until: date
    types: tuple[ActionType, ...] = ()
    rules: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()

    def matches(self, tenant: str, rule: str, kind: Kind) -> bool:
        """Whether it is about such a difference."""
        return (
            (not self.types or TYPES[FIRST_CELL[rule][1]] in self.types)
            and (not self.rules or rule in self.rules)
            and (not self.tenants or tenant in self.tenants)
            and (not self.kinds or kind in self.kinds)
        )


def read_ignores(text: str, today: date) -> tuple[Ignore, ...]:
    """The ignores of a TOML file: a table `[[ignore]]` each, in the order in which they are asked.

    Raises InvalidIgnores with all faults: what cannot be read, what has expired before `today`, and
    names that occur twice.
    """
    faults: list[str] = []
    ignores = tuple(_read(text, faults))
    names = [one.name for one in ignores]
    faults += [
        f"{name}: the name occurs twice" for name in sorted({*names}) if names.count(name) > 1
    ]
    for one in ignores:
        faults += [f"{one.name}: {fault}" for fault in _faults(one, today)]
    if faults:
        raise InvalidIgnores(faults)
    return ignores


def ignored(tally: Tally, ignores: Sequence[Ignore]) -> tuple[Ignored, ...]:
    """What each ignore takes; of several that match a difference the first has it."""
    taken = [[0] * (4 * len(TYPES)) for _ in ignores]
    for tenant, cells in tally.counts.items() if ignores else ():
        for cell, row in cells.items():
            place = PLACES[cell]
            for kind, column in COLUMNS.items():
                number = _first(ignores, tenant, place.rule, kind) if row[column] else None
                if number is not None:
                    taken[number][4 * place.type + column] += row[column]
    return tuple(_ignored(one, counts) for one, counts in zip(ignores, taken, strict=True))


def _first(ignores: Sequence[Ignore], tenant: str, rule: str, kind: Kind) -> int | None:
    return next((n for n, one in enumerate(ignores) if one.matches(tenant, rule, kind)), None)


def _ignored(one: Ignore, counts: Sequence[int]) -> Ignored:
    rows = ((kind, counts[4 * number : 4 * number + 4]) for number, kind in enumerate(TYPES))
    expected = tuple(
        Expected(
            type=kind, changed=row[CHANGED], lost=row[LOST], added=row[ADDED], moved=row[MOVED]
        )
        for kind, row in rows
        if any(row)
    )
    return Ignored(name=one.name, why=one.why, until=one.until.isoformat(), counts=expected)


def _read(text: str, faults: list[str]) -> Iterator[Ignore]:
    """Yield those that can be read; the faults grow by the others."""
    try:
        table: Mapping[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        faults.append(f"is not TOML: {error}")
        return
    rows = table.get("ignore", [])
    faults += [f"{key}: is not known; a table is [[ignore]]" for key in table if key != "ignore"]
    if not isinstance(rows, list):
        faults.append("ignore: write [[ignore]], with two brackets")
        return
    for number, row in enumerate(rows, start=1):
        try:
            yield msgspec.convert(row, Ignore)
        except msgspec.ValidationError as error:
            name = row.get("name") if isinstance(row, dict) else None
            faults.append(f"{name or f'number {number}'}: {error}")


def _faults(one: Ignore, today: date) -> Iterator[str]:
    if one.until < today:
        yield (
            f"has expired on {one.until.isoformat()}. Take it out, or give it a later day if the "
            "difference is still expected"
        )
    if not (one.types or one.rules or one.tenants or one.kinds):
        yield "would ignore everything; name types, rules, tenants or kinds"
    if Kind.SAME in one.kinds:
        yield "kinds: what is the same needs no ignoring"
    for rule in one.rules:
        if rule not in FIRST_CELL:
            yield f"rules: no rule has the id {rule}"
