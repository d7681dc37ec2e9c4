"""How much may differ: `--fail-on` expressions, read and held against a comparison.

    NAME > LIMIT        NAME >= LIMIT

NAME is `lost`, `added`, `changed`, `moved` or `differing` (all four) with a type of action after a
dot (`lost.SEL_INTERVENTION`), or `harm.` with a number of the harms (`harm.lost_interventions`).
LIMIT is a number, or, for actions, a percentage of those of the type that base gives.
Differences that are ignored do not count; harms always do.
"""

import re
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import fields

from orchestrator.comparison.summary import BudgetVerdict, Comparison, Harms, Kind
from orchestrator.core.actions import ActionType
from orchestrator.errors import InvalidBudgets

_EXPRESSION = re.compile(r"\s*([A-Za-z_.]+)\s*(>=|>)\s*([^\s%]+)\s*(%?)\s*")
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,9})?")

_DIFFERING = tuple(kind.value for kind in Kind if kind is not Kind.SAME)
_KINDS = {kind: (kind,) for kind in _DIFFERING} | {"differing": _DIFFERING}
_HARMS = tuple(field.name for field in fields(Harms) if field.name != "breaks_a_day")


class Budget(Struct, frozen=True):
    """An expression, read: `kinds` of a type's differences are summed, or `harm` is looked at."""

    text: str
    limit: float
    is_percentage: bool
    is_inclusive: bool
    kinds: tuple[str, ...] = ()
    type: ActionType | None = None
    harm: str = ""


def read_budgets(expressions: Sequence[str]) -> tuple[Budget, ...]:
    """The budgets of the expressions. Raises InvalidBudgets with all faults of all of them."""
    faults: list[str] = []
    budgets = [_read(text, faults) for text in expressions]
    if faults:
        raise InvalidBudgets(faults)
    return tuple(budget for budget in budgets if budget is not None)


def held_against(budgets: Sequence[Budget], comparison: Comparison) -> tuple[BudgetVerdict, ...]:
    """What each budget says of a comparison, with what it ignores."""
    return tuple(_verdict(budget, comparison) for budget in budgets)


def exceeded(comparison: Comparison) -> tuple[BudgetVerdict, ...]:
    """The budgets of a comparison that are exceeded."""
    return tuple(one for one in comparison.budgets if one.exceeded)


def _verdict(budget: Budget, comparison: Comparison) -> BudgetVerdict:
    observed, whole = _observed(budget, comparison)
    allowed = budget.limit / 100 * whole if budget.is_percentage else budget.limit
    is_over = observed >= allowed if budget.is_inclusive else observed > allowed
    limit = f"{budget.limit:g}{'%' if budget.is_percentage else ''}"
    return BudgetVerdict(budget.text, observed, allowed, limit, is_over)


def _observed(budget: Budget, comparison: Comparison) -> tuple[float, int]:
    """What is looked at, and what a percentage is of."""
    if budget.harm:
        return float(getattr(comparison.harms, budget.harm)), 0
    row = next(row for row in comparison.actions if row.type is budget.type)
    expected = [e for one in comparison.ignored for e in one.counts if e.type is budget.type]
    counted = sum(getattr(row, kind) for kind in budget.kinds)
    ignored = sum(getattr(one, kind) for one in expected for kind in budget.kinds)
    return float(counted - ignored), row.base


def _read(text: str, faults: list[str]) -> Budget | None:
    parts = _EXPRESSION.fullmatch(text)
    if parts is None:
        faults.append(f"{text}: expected NAME>LIMIT, like lost.SEL_INTERVENTION>0")
        return None
    name, operator, limit, percent = parts.groups()
    found: list[str] = []
    harm, kinds, kind = _name(name, found)
    if not _NUMBER.fullmatch(limit):
        found.append(f"{limit!r} is no number like 20 or 2.5")
    if percent and harm:
        found.append("a percentage is of base's actions of a type; write a number for a harm")
    faults += [f"{text}: {fault}" for fault in found]
    if found:
        return None
    return Budget(text.strip(), float(limit), bool(percent), operator == ">=", kinds, kind, harm)


def _name(name: str, found: list[str]) -> tuple[str, tuple[str, ...], ActionType | None]:
    """The harm, or the kinds and the type, of a name."""
    first, _, rest = name.partition(".")
    if first == "harm":
        if rest not in _HARMS:
            found.append(f"no harm is called {rest!r}; there are {', '.join(_HARMS)}")
        return rest, (), None
    if first not in _KINDS:
        found.append(f"{first!r} is none of harm, {', '.join(_KINDS)}")
    kind = next((kind for kind in ActionType if kind == rest), None)
    if kind is None:
        found.append(f"{rest!r} is no type of action; there are {', '.join(ActionType)}")
    return "", _KINDS.get(first, ()), kind
