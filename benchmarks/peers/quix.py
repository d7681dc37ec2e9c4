"""Quix Streams: a stateful step on its own RocksDB store and changelog, settings as they come."""

from typing import Any

from quixstreams import Application, State  # type: ignore[import-not-found]
from quixstreams.models import TopicConfig  # type: ignore[import-not-found]

from benchmarks.peers.kernel import step
from benchmarks.peers.milestones import Milestones
from benchmarks.peers.task import Task, task_of_command_line

STATE = "learner"
PARTITIONS = 4


def decide(event: dict[str, Any], state: State) -> Any:
    """The event's action, or None."""
    after, action = step(state.get(STATE), event)
    if after is not None:
        state.set(STATE, after)
    return action


def main(task: Task) -> None:
    """Run until all events are worked on."""
    milestones = Milestones(task.total)

    def count(*_: object) -> None:
        milestones.begin()
        if milestones.add():
            app.stop()

    app: Application = Application(
        task.bootstrap,
        consumer_group=task.name,
        auto_offset_reset="earliest",
        state_dir=task.folder,
        loglevel="WARNING",
        on_message_processed=count,
    )
    config = TopicConfig(num_partitions=PARTITIONS, replication_factor=1)
    actions = app.topic(task.actions, config=config)
    decided = app.dataframe(app.topic(task.events)).apply(decide, stateful=True)
    decided[decided.apply(lambda action: action is not None)].to_topic(actions)
    app.run()


if __name__ == "__main__":
    main(task_of_command_line())
