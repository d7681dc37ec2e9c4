"""What is too old or too much goes, a slice at a time, so that nobody waits for it."""

from typing import NamedTuple

from orchestrator.history.places import log_of
from orchestrator.history.schema import KINDS
from orchestrator.history.store import Store

SLICE = 1_000
"""Rows that are deleted at once: some ten milliseconds."""

DAY_MS = 24 * 60 * 60 * 1000


class Keep(NamedTuple):
    """How much of the history is kept: events and actions together, by when Kafka got them."""

    days: float
    rows: int

    def since(self, now_ms: int) -> int:
        """Milliseconds since 1970 of the oldest that is kept."""
        return now_ms - int(self.days * DAY_MS)


class _Head(NamedTuple):
    """The oldest row of a log."""

    kept: int
    kind: str
    place: int


def sweep(store: Store, keep: Keep, now_ms: int) -> bool:
    """Delete a slice of what is too old or too much; whether there may be more of it."""
    surplus, since = store.rows - keep.rows, keep.since(now_ms)
    oldest = min(_heads(store), default=None)
    if oldest is None or (surplus <= 0 and oldest.kept >= since):
        return False
    before, most = (since, SLICE) if surplus <= 0 else (2**62, min(SLICE, surplus))
    sql = "SELECT place FROM {} WHERE place >= ? AND place < ? AND kept < ? ORDER BY place LIMIT ?"
    _, end = log_of(oldest.place)
    found = store.db.execute(sql.format(oldest.kind), (oldest.place, end, before, most))
    store.forget(oldest.kind, [place for (place,) in found])
    return True


def _heads(store: Store) -> list[_Head]:
    """The oldest row of each log, found by leaping from one to the next."""
    heads, sql = [], "SELECT place, kept FROM {} WHERE place >= ? ORDER BY place LIMIT 1"
    for kind in KINDS:
        look, end = sql.format(kind), 0
        while (found := store.db.execute(look, (end,)).fetchone()) is not None:
            place, kept = found
            heads.append(_Head(kept, kind, place))
            _, end = log_of(place)
    return heads
