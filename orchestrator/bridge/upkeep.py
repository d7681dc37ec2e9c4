"""What a lane does beside reading: it looks after its stream, and takes over what others left."""

from collections.abc import Callable
from typing import NamedTuple

import structlog

from orchestrator.bridge.gaps import Gaps
from orchestrator.bridge.health import LaneCounters
from orchestrator.bridge.redis_stream import RedisStream
from orchestrator.bridge.watch import Watch

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 5.0
FIRST_PAGE, LAST_PAGE = b"0-0", b"0-0"


class Reclaiming(NamedTuple):
    """When entries pending at another consumer are taken over: once nobody has touched them for
    `min_idle_s`, looked for at the start and every `every_s`.
    """

    min_idle_s: float = 60.0
    every_s: float = 30.0


class Upkeep:
    """Of one stream; its methods raise what those of RedisStream do."""

    def __init__(
        self,
        name: str,
        stream: RedisStream,
        watch: Watch,
        gaps: Gaps,
        counters: LaneCounters,
        reclaiming: Reclaiming,
        monotonic: Callable[[], float],
    ) -> None:
        self._name = name
        self._stream = stream
        self._watch = watch
        self._gaps = gaps
        self._counters = counters
        self._reclaiming = reclaiming
        self._monotonic = monotonic
        self._look_due = self._reclaim_due = 0.0
        self.lag: int | None = None

    async def look(self) -> None:
        """See what has become of the stream. To be called before anything is read after a break."""
        state = await self._stream.state()
        self._look_due = self._monotonic() + LOOK_EVERY_S
        self.lag = None if state is None else state.lag
        finding = None if state is None else self._watch.look(state)
        if finding is not None:
            self._gaps.found(finding)
            if finding.go_back:
                await self._stream.begin_again()

    async def look_when_due(self) -> None:
        """The same, if the last look is a while ago."""
        if self._monotonic() >= self._look_due:
            await self.look()

    async def reclaim_when_due(self, foreign: int) -> bool:
        """Take over again if others have entries pending; whether there was anything to take."""
        if not foreign:
            return False
        self._watch.others_read()
        return self._monotonic() >= self._reclaim_due and await self.reclaim() > 0

    async def reclaim(self) -> int:
        """Take over what other consumers left: how many entries. They are pending at ours then."""
        before = await self._stream.pending()
        self._reclaim_due = self._monotonic() + self._reclaiming.every_s
        if not before.foreign:
            return 0
        self._watch.others_read()
        await self._claim_all()
        after = await self._stream.pending()
        taken = max(0, after.ours - before.ours)
        if taken:
            self._counters.reclaimed += taken
            log.info("took over entries of other consumers", stream=self._name, entries=taken)
        return taken

    async def _claim_all(self) -> None:
        """Page by page; what was deleted meanwhile Redis takes off the list, and names."""
        idle_ms = int(self._reclaiming.min_idle_s * 1000)
        following = FIRST_PAGE
        while True:
            page = await self._stream.claim(idle_ms, following)
            if page.deleted:
                self._gaps.deleted_while_pending(page.deleted)
            following = page.following
            if following == LAST_PAGE:
                return
