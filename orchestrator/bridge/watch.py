"""Whether anything went missing from a stream before a lane was given it, from looks at it.

Every entry has a number: how many were added up to it. An entry with a higher number than the last
look's, and not among those given since, is one that nobody will ever be given.
"""

from collections.abc import Sequence
from typing import NamedTuple

from orchestrator.bridge.stream_state import START, StreamId, StreamState, id_text, stream_id


class Finding(NamedTuple):
    """What is amiss, a sentence's beginning. `entries`: how many are missing; None, nobody knows.

    `go_back`: the group stands after the stream's end, and would be given nothing for a while.
    """

    what: str
    entries: int | None
    go_back: bool = False


class Watch:
    """What one lane knows of its stream. Pure: it is told what was read, and shown the state."""

    def __init__(self) -> None:
        self._highest: StreamId | None = None
        self._number: int | None = None

    def given(self, ids: Sequence[bytes]) -> None:
        """Note what the lane was given, in the stream's order; repeats do not count.

        Most batches are all new, and most others all old: that takes a look at two ids.
        """
        if self._highest is None or not ids or stream_id(ids[-1]) <= self._highest:
            return
        all_new = stream_id(ids[0]) > self._highest
        new = len(ids) if all_new else sum(stream_id(each) > self._highest for each in ids)
        self._highest = stream_id(ids[-1])
        self._number = None if self._number is None else self._number + new

    def others_read(self) -> None:
        """Another consumer was given entries; which, nobody can tell: count anew from what is."""
        self._number = None

    def forget(self) -> None:
        """The group is a new one: nothing is known of the stream."""
        self._highest, self._number = None, None

    def look(self, now: StreamState) -> Finding | None:
        """Compare what is with what was known. To be called before reading on, and now and then."""
        if now.delivered > now.last:
            self.forget()
            return Finding(
                f"the stream ends at {id_text(now.last)}, before {id_text(now.delivered)}, which"
                " the group was given: it was replaced or set back, and is read from its start",
                None,
                go_back=True,
            )
        if self._highest is not None and now.delivered < self._highest:
            what = (
                f"the group stands at {id_text(now.delivered)}, before {id_text(self._highest)},"
                " which it was given: the stream lost its tail or was set back"
            )
            self._begin(now)
            return Finding(what, None)
        return self._missing(now)

    def _missing(self, now: StreamState) -> Finding | None:
        """Entries that were deleted between the last one given and the next one there is."""
        if self._highest is None:
            known = None if now.delivered == START else now.given
            self._begin(now)
        else:
            known = self._number
            if now.pending:
                return None  # given to someone, and yet to be seen here
            self._number = _later(_number(now), known)
        missing = (self._number or 0) - known if known is not None else 0
        if missing <= 0:
            return None
        until = f", the oldest there is now is {id_text(now.first)}" if now.first else ""
        return Finding(
            f"{missing:,} entries were deleted or taken by others before they were read, after"
            f" {id_text(self._highest or START)}{until}",
            missing,
        )

    def _begin(self, now: StreamState) -> None:
        self._highest, self._number = now.delivered, _number(now)


def _number(now: StreamState) -> int | None:
    """How many entries were added up to where reading goes on; None if Redis cannot tell."""
    if now.added is None or now.delivered >= now.last:
        return now.added
    if now.first is None or now.first > now.delivered:
        return now.added - now.length
    return now.given


def _later(one: int | None, other: int | None) -> int | None:
    """Some versions of Redis count too few after a gap; then our own count is right."""
    known = [each for each in (one, other) if each is not None]
    return max(known, default=None)
