"""One run of one program, watched from outside.

The clock runs from the program's first event until the group's committed offsets are the ends of
the topic: by then all that it writes is acknowledged. Each program ends in order after the last
event, and so commits at once, however seldom it does so as it runs.
"""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from benchmarks.house import cpu_seconds, resident_bytes
from benchmarks.record import ROOT

LOOK_EVERY_S = 0.02
PATIENCE_S = 240.0
END_WITHIN_S = 60.0
COORDINATOR = 1
"""The one node of the embedded Kafka."""

Ends = Mapping[TopicPartition, int]


class SideFailed(Exception):
    """The program did not do what it is measured for; the text says what."""


class Mark(NamedTuple):
    """So many events were worked on at this second of the monotonic clock."""

    at: float
    events: int


class Ran(NamedTuple):
    """`cpu_s` and `rss_mb` (the most) of the program, its start included."""

    events_per_second: float
    warm_events_per_second: float
    cpu_s: float
    rss_mb: float


async def run_program(
    admin: AIOKafkaAdminClient, command: list[str], group: str, ends: Ends, log: Path
) -> Ran:
    """Carry out the command and watch it. Raises SideFailed."""
    with log.open("wb") as complaints:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=complaints
        )
    try:
        return await Watch(process, log, sum(ends.values())).until_done(admin, group, ends)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class Watch:
    """What is seen of a program from outside."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path, events: int) -> None:
        self._process, self._log, self._events = process, log, events
        self._marks: dict[str, Mark] = {}
        self._cpu = self._rss = 0.0
        self._gone = False

    async def until_done(self, admin: AIOKafkaAdminClient, group: str, ends: Ends) -> Ran:
        """Return when all is committed and the program has ended in order."""
        listening = asyncio.create_task(self._listen())
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not await _has_committed(admin, group, ends):
                    self._look()
                    await asyncio.sleep(LOOK_EVERY_S)
                over = time.monotonic()
                self._look()
            async with asyncio.timeout(END_WITHIN_S):
                code = await self._process.wait()
                await listening
        except TimeoutError:
            raise SideFailed(f"it has not ended in time. {self._last_words()}") from None
        finally:
            listening.cancel()
        if code != 0:
            raise SideFailed(f"it ended with {code}. {self._last_words()}")
        return self._ran(over)

    def _ran(self, over: float) -> Ran:
        first, warm = self._marks["first"], self._marks["warm"]
        return Ran(
            events_per_second=self._events / (over - first.at),
            warm_events_per_second=(self._events - warm.events) / (over - warm.at),
            cpu_s=self._cpu,
            rss_mb=self._rss / 1e6,
        )

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            name, at, events = line.decode().split()
            self._marks[name] = Mark(float(at), int(events))

    def _look(self) -> None:
        """Note what it uses. Raises SideFailed if it is gone, and still has not committed all."""
        if self._gone:
            raise SideFailed(f"it ended before all was committed. {self._last_words()}")
        if self._process.returncode is not None:  # its last commit may be later than the last look
            self._gone = True
            return
        try:
            self._cpu = cpu_seconds(self._process.pid)
            self._rss = max(self._rss, resident_bytes(self._process.pid))
        except (OSError, IndexError, ValueError):  # it ends just now
            return

    def _last_words(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])


async def _has_committed(admin: AIOKafkaAdminClient, group: str, ends: Ends) -> bool:
    found = await admin.list_consumer_group_offsets(group, group_coordinator_id=COORDINATOR)
    return all(tp in found and found[tp].offset >= end for tp, end in ends.items())
