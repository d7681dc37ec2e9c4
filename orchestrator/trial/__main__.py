"""The process that watches the trials: started by a worker while there is one, and ended with it.

It is told the worker's settings by its environment, tells on standard output what the trials have
come to (a line of JSON each, read_model/trial_figures.py, about every two seconds as long as they
change), and ends when standard input does: its owner is gone.
"""

import asyncio
import sys
from importlib.metadata import version

import click

from orchestrator.clock import SystemClock
from orchestrator.owner import begin
from orchestrator.plan import kafka_settings
from orchestrator.read_model.trial_figures import TrialFigures, encode_figures
from orchestrator.read_model.trials import KnownTrials
from orchestrator.settings import Settings
from orchestrator.stream.records import RawRecord
from orchestrator.stream.tail import Tail
from orchestrator.topics import TRIALS
from orchestrator.trial.follower import Follower
from orchestrator.trial.texts import Texts


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Watch the shadows and canaries of a cluster, until standard input ends.

    A worker starts it by itself.

    \b
    Example:
      KAFKA_BOOTSTRAP_SERVERS=kafka:9092 python -m orchestrator.trial
    """
    asyncio.run(_watch(begin()))


async def _watch(settings: Settings) -> None:
    kafka = kafka_settings(settings)
    trials, texts = KnownTrials(), Texts(kafka)

    def take_rows(_topic: str, _partition: int, records: list[RawRecord]) -> None:
        for record in records:
            trials.on_record(record)

    await Tail(kafka, partitions=1, whole=[TRIALS], news=[], on_records=take_rows).start()
    await texts.start()
    follower = Follower(
        kafka,
        settings.topic_partitions,
        texts,
        clock=SystemClock(),
        code_version=version("aivo-orchestrator"),
        is_left_out=trials.is_over,
        tell=_tell,
    )
    await follower.run()


def _tell(figures: TrialFigures) -> None:
    sys.stdout.buffer.write(encode_figures(figures) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
