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

    `detail`: what is amiss, empty while nothing is. `pending`: entries given to the lane and not
    yet acknowledged. `lag`: entries of the stream that no one was given yet, as of a few seconds
    ago; None where Redis cannot tell.
    """

    stream: str
    status: LaneStatus = LaneStatus.STOPPED
    detail: str = ""
    pending: int = 0
    last_read_at: datetime | None = None
    lag: int | None = None


@dataclass(slots=True)
class LaneCounters:
    """What a stream's lane has counted since the process began; never reset.

    Plain work counters: an entry that is read or written twice counts twice. `vanished`: entries
    that were deleted from the stream while they were pending.
    """

    read: int = 0
    produced: int = 0
    acknowledged: int = 0
    vanished: int = 0
    unknown_fields: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)

    def snapshot(self) -> "LaneCounts":
        """The figures as they are now."""
        return LaneCounts(
            read=self.read,
            produced=self.produced,
            acknowledged=self.acknowledged,
            vanished=self.vanished,
            unknown_fields=self.unknown_fields,
            dead_letters=dict(self.dead_letters),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneCounts:
    """LaneCounters at one moment; `dead_letters` by reason."""

    read: int
    produced: int
    acknowledged: int
    vanished: int
    unknown_fields: int
    dead_letters: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSnapshot:
    """All there is to show of a lane."""

    health: LaneHealth
    counts: LaneCounts
