"""A thread that sees when the event loop, or something that moves in it, stands still."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Iterator

import structlog

from orchestrator.observability.stuck.stacks import task_stacks, thread_stacks
from orchestrator.observability.stuck.standstill import (
    AwakeClock,
    Place,
    Standing,
    Standstills,
)

log = structlog.stdlib.get_logger(__name__)

LOOP = "event loop"
PERIOD_S = 1.0
LINE_CHARACTERS = 16_000
MOST_LINES = 8
"""Of the tasks' stacks; alike ones stand there once, so that it is enough for a worker's."""


class StuckDetector:
    """Writes the stacks of all threads and tasks into the log, once a standstill.

    The loop stands still when nothing that is given to it is begun; a place, when it has work and
    its `done` does not grow. What holds the interpreter's lock all the time holds this thread, too.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        after_s: float,
        places: Callable[[], Iterable[Place]] = tuple,
        *,
        period_s: float | None = None,
    ) -> None:
        """`places` is asked in the loop, every `period_s` (a second, or less if `after_s` is)."""
        self._loop = loop
        self._after_s = after_s
        self._period_s = period_s or min(PERIOD_S, after_s / 5)
        self._places = places
        self._seen: tuple[Place, ...] = ()
        self._asked = self._answered = 0
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._run, name="stuck detector", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()

    def _run(self) -> None:
        standstills = Standstills(self._after_s)
        clock = AwakeClock(time.monotonic(), 2 * self._period_s)
        dumped_at: float | None = None
        while not self._stopping.wait(self._period_s):
            awake_s = clock.read(time.monotonic())
            late = standstills.look(awake_s, (self._beat(), *self._seen))
            if late:
                recent = dumped_at is not None and awake_s - dumped_at < self._after_s
                self._tell(late, with_stacks=not recent)
                dumped_at = dumped_at if recent else awake_s

    def _beat(self) -> Place:
        """The loop itself; when it has answered, ask it for the next time."""
        waits = self._asked > self._answered
        place = Place(LOOP, self._answered, waits)
        if not waits:
            try:
                self._loop.call_soon_threadsafe(self._answer)
            except RuntimeError:  # it is closed
                self._stopping.set()
            else:
                self._asked += 1
        return place

    def _answer(self) -> None:
        self._answered += 1  # whatever becomes of the question, the loop moves
        self._seen = tuple(self._places())

    def _tell(self, late: list[Standing], *, with_stacks: bool) -> None:
        names = [each.name for each in late]
        log.error(
            "stands still",
            what=names[:100],
            count=len(names),
            seconds=round(max(each.seconds for each in late), 1),
        )
        if with_stacks:
            log.error("stacks of threads", stacks=thread_stacks()[:LINE_CHARACTERS])
            parts = list(_parts(task_stacks(self._loop)))
            for number, part in enumerate(parts[:MOST_LINES], start=1):
                log.error("stacks of tasks", part=number, of=len(parts), stacks=part)


def _parts(stacks: list[str]) -> Iterator[str]:
    """The stacks, put together so that each part fits into a line."""
    part = ""
    for stack in stacks:
        if part and len(part) + len(stack) > LINE_CHARACTERS:
            yield part
            part = ""
        part += f"{stack[:LINE_CHARACTERS]}\n"
    if part:
        yield part
