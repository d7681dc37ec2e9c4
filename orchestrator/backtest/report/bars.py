"""Bars in percent of their picture: a template draws them, and no text is ever stretched."""

from collections.abc import Sequence

from msgspec import Struct

from orchestrator.comparison.summary import Counts


class Part(Struct, frozen=True):
    """A piece of a bar, from `x` on so wide (percent), filled as what it `is` (a CSS class)."""

    x: float
    width: float
    kind: str


class Change(Struct, frozen=True):
    """From the middle to the left (fewer) or to the right (more), in percent of the picture."""

    x: float
    width: float
    kind: str


def stacked(pieces: Sequence[tuple[str, int]], whole: int) -> tuple[Part, ...]:
    """A bar of pieces, each by its name and count; `whole` is as much as fills the picture."""
    found, at = [], 0
    for name, count in pieces:
        if count > 0:
            found.append(Part(_percent(at, whole), _percent(count, whole), name))
        at += count
    return tuple(found)


def base_bar(counts: Counts) -> tuple[Part, ...]:
    """What the base gives: what stays, what changes, and what is lost."""
    pieces = [("same", counts.same), ("changed", counts.changed), ("moved", counts.moved)]
    return stacked([*pieces, ("lost", counts.lost)], _longer(counts))


def candidate_bar(counts: Counts) -> tuple[Part, ...]:
    """What the candidate gives, on the same scale."""
    pieces = [("same", counts.same), ("changed", counts.changed), ("moved", counts.moved)]
    return stacked([*pieces, ("added", counts.added)], _longer(counts))


def change(base: int, candidate: int, largest: int) -> Change | None:
    """How much more or less, where `largest` fills a half; None if nothing differs."""
    if base == candidate or not largest:
        return None
    width = max(0.75, _percent(abs(candidate - base), largest) / 2)
    return Change(50.0, width, "more") if candidate > base else Change(50.0 - width, width, "fewer")


def _longer(counts: Counts) -> int:
    both = counts.same + counts.changed + counts.moved
    return both + max(counts.lost, counts.added)


def _percent(count: int, whole: int) -> float:
    return round(100 * count / whole, 3) if whole else 0.0
