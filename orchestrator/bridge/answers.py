"""What Redis answers to the commands that bring entries, read without detours."""

from typing import Any, NamedTuple

from orchestrator.bridge.entries import Entry


class Claimed(NamedTuple):
    """A page of XAUTOCLAIM: where to go on, 0-0 after the last one; and the ids of pending entries
    that no longer exist, which Redis has taken off the list.
    """

    following: bytes
    deleted: list[bytes]


class Pending(NamedTuple):
    """How many entries the group was given and not acknowledged: those of ours, and of others."""

    ours: int
    foreign: int


def entries_from(response: Any, **_options: Any) -> list[Entry]:
    """[[stream, [[id, [name, value, ...]], ...]]] -> entries; None: there are none."""
    if not response:
        return []
    return [_entry(entry_id, flat) for entry_id, flat in response[0][1]]


def claimed_from(response: Any, **_options: Any) -> Claimed:
    """[following, ids, deleted ids] -> a page; Redis 6 leaves those deleted on the list."""
    following, _, *deleted = response
    return Claimed(following, deleted[0] if deleted else [])


def pending_from(summary: dict[str, Any], consumer: str) -> Pending:
    """XPENDING's summary, as redis-py reads it -> whose they are."""
    counts = {each["name"]: int(each["pending"]) for each in summary["consumers"]}
    ours = counts.get(consumer.encode(), 0)
    return Pending(ours, int(summary["pending"]) - ours)


def _entry(entry_id: bytes, flat: list[bytes] | None) -> Entry:
    if flat is None:
        return Entry(entry_id, None, 0)
    return Entry(entry_id, dict(zip(flat[::2], flat[1::2], strict=True)), sum(map(len, flat)))
