"""A stream and its group at one moment, as Redis describes them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

StreamId = tuple[int, int]
"""Milliseconds and sequence number; ids are in the order of these."""

START: StreamId = (0, 0)


class StreamState(NamedTuple):
    """`first`: the id of the oldest entry; None, there are none. `last`: of the newest ever added.

    `added`: how many were ever added; None before Redis 7. `delivered`: the id of the last entry
    that the group was given, `given` how many it was; None where Redis lost count. `pending`: those
    of them that nobody acknowledged. `lag`: those it was not given yet; None where Redis cannot
    tell, as with entries deleted from the middle.
    """

    length: int
    added: int | None
    first: StreamId | None
    last: StreamId
    delivered: StreamId
    given: int | None
    pending: int
    lag: int | None


def stream_id(text: bytes | str) -> StreamId:
    """`1740819601000-7` -> (1740819601000, 7)."""
    milliseconds, _, number = (text.decode() if isinstance(text, bytes) else text).partition("-")
    return int(milliseconds), int(number or 0)


def id_text(of: StreamId) -> str:
    """As Redis writes it."""
    return f"{of[0]}-{of[1]}"


def state_from(answer: list[Any], group: str) -> StreamState | None:
    """XINFO STREAM ... FULL -> the state; None if the stream does not have the group."""
    stream = _pairs(answer)
    groups = [_pairs(each) for each in stream[b"groups"]]
    ours = next((each for each in groups if each[b"name"] == group.encode()), None)
    if ours is None:
        return None
    entries = stream[b"entries"]
    return StreamState(
        length=stream[b"length"],
        added=stream.get(b"entries-added"),
        first=stream_id(entries[0][0]) if entries else None,
        last=stream_id(stream[b"last-generated-id"]),
        delivered=stream_id(ours[b"last-delivered-id"]),
        given=ours.get(b"entries-read"),
        pending=ours[b"pel-count"],
        lag=ours.get(b"lag"),
    )


def _pairs(flat: list[Any]) -> Mapping[bytes, Any]:
    return dict(zip(flat[::2], flat[1::2], strict=True))
