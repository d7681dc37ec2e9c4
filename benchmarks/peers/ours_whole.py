"""Our decide agent as the worker has it, with all its rules. `variant`: the guarantee.

Without bridge, delivery, HTTP and what a worker follows of the others. The table of the statistics
hangs on the events here, and so there need be no agents for outcomes: what is written is the same.
"""

import signal
import sys

from aiokafka.structs import ConsumerRecord

from agents.decide import decide_agent
from benchmarks.house import CONFIG, run
from benchmarks.peers.milestones import Milestones
from benchmarks.peers.task import Task, task_of_command_line
from orchestrator.clock import SystemClock
from orchestrator.core.fold import Folded
from orchestrator.core.policy_records import encode_policy_text
from orchestrator.counting import Counting
from orchestrator.guarantee import Guarantee
from orchestrator.observability.metrics import Metrics
from orchestrator.plan import read_policy_text
from orchestrator.read_model.policies import KnownPolicies
from orchestrator.stream.app import StreamApp
from orchestrator.stream.run import serve
from orchestrator.topics import EVENTS, POLICIES, STATISTICS_CHANGELOG
from tables.learner_state import learner_state


class Watching(Counting):
    """Counts as a worker does, and tells the app to stop after the last event."""

    def __init__(self, total: int) -> None:
        super().__init__(Metrics())
        self._milestones = Milestones(total)

    def on_decided(self, folded: Folded, events: int, seconds: float) -> None:
        """A row is an event: control records among them are none."""
        super().on_decided(folded, events, seconds)
        self._milestones.begin(ago=seconds)
        if self._milestones.add(len(folded.rows())):
            signal.raise_signal(signal.SIGTERM)


def make_app(task: Task) -> StreamApp:
    """The decide agent and its tables."""
    observer = Watching(task.total)
    app = StreamApp(
        task.name,
        bootstrap_servers=[task.bootstrap],
        guarantee=Guarantee(task.variant),
        observer=observer,
        web_enabled=False,
    )
    decide_agent(
        app,
        learner_state=learner_state(app),
        statistics=app.partition_table("statistics", changelog=STATISTICS_CHANGELOG, source=EVENTS),
        policies=shipped_policy(),
        clock=SystemClock(),
        observer=observer,
    )
    return app


def shipped_policy() -> KnownPolicies:
    """As if it had been read from the topic of the policies."""
    text = read_policy_text(CONFIG / "policy.toml", CONFIG / "messages.en.toml")
    value = encode_policy_text(text)
    policies = KnownPolicies()
    policies.on_record(
        ConsumerRecord(POLICIES, 0, 0, 0, 0, None, value, None, 0, len(value), headers=())
    )
    return policies


async def main() -> int:
    """The exit code."""
    return await serve(make_app(task_of_command_line()))


if __name__ == "__main__":
    sys.exit(run(main()))
