"""Our decide agent as the worker has it, with all its rules. `variant`: the guarantee.

Without bridge, delivery, HTTP and what a worker follows of the others. The table of the statistics
hangs on the events here, and so there need be no agents for outcomes: what is written is the same.
"""

import signal
import sys

from benchmarks.deciding import deciding_app, shipped_policy
from benchmarks.house import run
from benchmarks.peers.milestones import Milestones
from benchmarks.peers.task import Task, task_of_command_line
from orchestrator.clock import SystemClock
from orchestrator.core.fold import Folded
from orchestrator.counting import Counting
from orchestrator.guarantee import Guarantee
from orchestrator.observability.metrics import Metrics
from orchestrator.stream.app import StreamApp
from orchestrator.stream.run import serve


class Watching(Counting):
    """Counts as a worker does, and tells the app to stop after the last event."""

    def __init__(self, total: int) -> None:
        super().__init__(Metrics(), SystemClock())
        self._milestones = Milestones(total)

    def on_decided(self, folded: Folded, events: int, seconds: float) -> None:
        """A row is an event: control records among them are none."""
        super().on_decided(folded, events, seconds)
        self._milestones.begin(ago=seconds)
        if self._milestones.add(len(folded.rows())):
            signal.raise_signal(signal.SIGTERM)


def make_app(task: Task) -> StreamApp:
    """The decide agent and its tables."""
    observer, guarantee = Watching(task.total), Guarantee(task.variant)
    return deciding_app(task.name, task.bootstrap, observer, shipped_policy(), guarantee)


async def main() -> int:
    """The exit code."""
    return await serve(make_app(task_of_command_line()))


if __name__ == "__main__":
    sys.exit(run(main()))
