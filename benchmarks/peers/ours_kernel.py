"""Our stream layer with the kernel. `variant`: the guarantee."""

import signal
import sys
from typing import Any

from faust.types import StreamT

from benchmarks.house import run
from benchmarks.peers.milestones import Milestones
from benchmarks.peers.task import Task, task_of_command_line
from benchmarks.peers.typed_kernel import Learner, decode_learner, encode_learner, fold
from orchestrator.guarantee import Guarantee
from orchestrator.stream.app import StreamApp
from orchestrator.stream.batch import Batch
from orchestrator.stream.run import serve
from orchestrator.stream.runner import each_batch
from orchestrator.stream.writing import done_with

NEW = Learner()


def make_app(task: Task) -> StreamApp:
    """One agent and its table; the app is told to stop after the last event."""
    app = StreamApp(
        task.name,
        bootstrap_servers=[task.bootstrap],
        guarantee=Guarantee(task.variant),
        web_enabled=False,
    )
    table = app.partition_table("learners", changelog=task.changelog, source=task.events)
    milestones = Milestones(task.total)

    async def decide_batch(batch: Batch) -> None:
        milestones.begin()
        rows = table.partition(batch.partition)

        def before(key: bytes) -> Learner:
            row = rows.get(key)
            return NEW if row is None else decode_learner(row)

        changed, actions = fold(batch.records, before)
        changes = {key: encode_learner(state) for key, state in changed.items()}
        await app.writer.write(
            batch.partition,
            {task.actions: actions},
            {table.changelog: table.records(changes)},
            done=done_with(batch.records),
        )
        table.apply(batch.partition, changes)
        if milestones.add(len(batch.records)):
            signal.raise_signal(signal.SIGTERM)

    @app.agent(app.source(task.events))
    async def decide(stream: StreamT[Any]) -> None:
        await each_batch(stream, decide_batch)

    return app


async def main() -> int:
    """The exit code."""
    return await serve(make_app(task_of_command_line()))


if __name__ == "__main__":
    sys.exit(run(main()))
