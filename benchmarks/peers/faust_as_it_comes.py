"""Faust on its own driver, an event at a time, with a table in memory, settings as they come."""

import asyncio
import signal
from typing import Any

import faust
from faust.types import StreamT

from benchmarks.peers.kernel import step
from benchmarks.peers.milestones import Milestones
from benchmarks.peers.task import Task, task_of_command_line

PARTITIONS = 4


def make_app(task: Task) -> faust.App:
    """One agent and its table; the worker is told to stop after the last event."""
    app = faust.App(
        task.name,
        broker=f"kafka://{task.bootstrap}",
        store="memory://",
        datadir=str(task.folder),
        topic_partitions=PARTITIONS,
        web_enabled=False,
    )
    events = app.topic(task.events, key_type=bytes, value_serializer="json")
    actions = app.topic(task.actions, key_type=bytes, value_serializer="json")
    learners = app.Table("learners", key_type=bytes, partitions=PARTITIONS)
    milestones = Milestones(task.total)

    @app.agent(events)
    async def decide(stream: StreamT[Any]) -> None:
        async for key, event in stream.items():
            milestones.begin()
            after, action = step(learners.get(key), event)
            if after is not None:
                learners[key] = after
            if action is not None:
                await actions.send(key=key, value=action)
            if milestones.add():
                signal.raise_signal(signal.SIGTERM)

    return app


async def main(task: Task) -> None:
    """Run until all events are worked on."""
    app, told = make_app(task), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    await app.start()
    await told.wait()
    await app.stop()


if __name__ == "__main__":
    asyncio.run(main(task_of_command_line()))
