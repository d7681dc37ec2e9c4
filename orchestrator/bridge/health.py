"""What a lane says of itself: its state, and what it has counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class LaneStatus(StrEnum):
    """Where a lane stands."""

    STOPPED = "stopped"
    STARTING = "starting"
    READING = "reading"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneHealth:
    """A lane's state at this moment.

    `detail`: what is amiss, empty while nothing is; a gap is shown for some minutes. `pending`:
    entries given to the lane and not yet acknowledged, `oldest_pending_ms`: when the oldest of them
    was added, by Redis's clock. `lag`: entries of the stream that no one was given yet, as of a few
    seconds ago; None where Redis cannot tell. `gaps`: how many gaps this process has found in the
    stream, see LaneCounters.gaps. `lacks`: what cannot be had, "redis" or "kafka"; else empty.
    """

    stream: str
    status: LaneStatus = LaneStatus.STOPPED
    detail: str = ""
    pending: int = 0
    oldest_pending_ms: int | None = None
    last_read_at: datetime | None = None
    lag: int | None = None
    gaps: int = 0
    lacks: str = ""


@dataclass(slots=True)
class LaneCounters:
    """What a stream's lane has counted since the process began; never reset.

    Plain work counters: an entry that is read or written twice counts twice. `reclaimed`: entries
    taken over from consumers that are not ours. Gaps: `vanished`, entries deleted from the stream
    while they were pending; `missed`, entries deleted before they were read; `breaks`, times that
    the stream or its group was deleted, replaced, set back or lost its tail.
    """

    read: int = 0
    produced: int = 0
    acknowledged: int = 0
    reclaimed: int = 0
    vanished: int = 0
    missed: int = 0
    breaks: int = 0
    unknown_fields: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)

    @property
    def gaps(self) -> int:
        """Every entry that is missing, and every break, of which nobody knows what is missing."""
        return self.vanished + self.missed + self.breaks

    def snapshot(self) -> "LaneCounts":
        """The figures as they are now."""
        return LaneCounts(
            read=self.read,
            produced=self.produced,
            acknowledged=self.acknowledged,
            reclaimed=self.reclaimed,
            vanished=self.vanished,
            missed=self.missed,
            breaks=self.breaks,
            unknown_fields=self.unknown_fields,
            dead_letters=dict(self.dead_letters),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneCounts:
    """LaneCounters at one moment; `dead_letters` by reason."""

    read: int
    produced: int
    acknowledged: int
    reclaimed: int
    vanished: int
    missed: int
    breaks: int
    unknown_fields: int
    dead_letters: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSnapshot:
    """All there is to show of a lane."""

    health: LaneHealth
    counts: LaneCounts
