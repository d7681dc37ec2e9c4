"""Numbers as a person reads them: thousands apart, a unit, no more digits than mean something."""

from datetime import datetime

NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"


def whole(number: float | None) -> str:
    """`12,345`; a dash where there is none."""
    return NONE if number is None else f"{number:,.0f}".replace("-", MINUS)


def rate(number: float | None) -> str:
    """`1.82`; three digits that mean something where it is small."""
    if number is None:
        return NONE
    return f"{number:,.2f}" if number >= 0.1 or number == 0 else f"{number:.3g}"


def number(value: float) -> str:
    """`25`, `0.85`: a number of a policy, or what was held against it."""
    return f"{round(value, 3):,g}" if abs(value) < 1_000_000 else whole(value)


def change(base: float | None, candidate: float | None) -> str:
    """`+12.4 %`, `−3 %`, `same`, `new`: what the candidate does to the base's figure."""
    if base is None or candidate is None:
        return NONE
    if base == candidate:
        return "same"
    if not base:
        return "new"
    share = 100 * (candidate - base) / base
    if abs(share) < 0.05:
        return "under 0.1 %"
    sign = "+" if share > 0 else MINUS
    return f"{sign}{abs(share):,.{1 if abs(share) < 100 else 0}f} %"


def difference(base: float, candidate: float) -> str:
    """`+1,234`, `−12`, `0`."""
    found = candidate - base
    return f"+{whole(found)}" if found > 0 else whole(found)


def ratio(share: float | None) -> str:
    """`0.84`, of 1."""
    return NONE if share is None else f"{share:.2f}"


def plural(count: float, one: str, many: str) -> str:
    """`1 learner`, `431 learners`."""
    return f"{whole(count)} {one if count == 1 else many}"


def day(moment: datetime) -> str:
    """`3 March 2025`."""
    return f"{moment.day} {moment:%B %Y}"


def clock(moment: datetime) -> str:
    """`3 Mar, 09:12`."""
    return f"{moment.day} {moment:%b, %H:%M}"
