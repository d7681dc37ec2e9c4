"""The process that keeps a worker's history: started by the worker, and ended with it.

It is told the worker's settings by its environment, tells on standard output how it is (a line of
JSON, about once a second), and ends when standard input does: its owner is gone.
"""

import asyncio
import json
import sqlite3
import sys
from collections.abc import Mapping
from functools import partial
from typing import Any

import click
import structlog

from orchestrator.clock import SystemClock
from orchestrator.errors import HistoryUnavailable
from orchestrator.history.folder import FILE, claim, folder_of
from orchestrator.history.follower import Follower, Progress
from orchestrator.history.retention import Keep
from orchestrator.history.schema import discard
from orchestrator.history.store import Store
from orchestrator.owner import begin
from orchestrator.plan import kafka_settings
from orchestrator.settings import Settings
from orchestrator.stream.admin import cluster_id
from orchestrator.stream.refusals import AWAY

log = structlog.get_logger(__name__)

RETRY_S = 2.0


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Keep the history of a worker with this environment, until standard input ends.

    A worker starts it by itself.

    \b
    Example:
      KAFKA_BOOTSTRAP_SERVERS=kafka:9092 DATA_DIR=/tmp/history python -m orchestrator.history
    """
    settings = begin()
    try:
        with claim(folder_of(settings)):
            asyncio.run(_keep(settings))
    except HistoryUnavailable as error:
        log.error("the history cannot be kept", error=str(error))  # noqa: TRY400 - it is a sentence
        sys.exit(1)


async def _keep(settings: Settings) -> None:
    kafka = kafka_settings(settings)
    path = folder_of(settings) / FILE
    cluster = await _cluster(kafka)
    open_store = partial(Store, path, cluster)
    try:
        follower = Follower(
            kafka,
            settings.topic_partitions,
            open_store=open_store,
            discard_store=partial(discard, path),
            keep=Keep(settings.history_days, settings.history_rows),
            clock=SystemClock(),
            tell=_tell,
        )
        await follower.run()
    except sqlite3.OperationalError as error:  # the disk is full, or gone: nothing is wrong inside
        raise HistoryUnavailable(f"{path} cannot be written: {error}.") from error
    except sqlite3.DatabaseError as error:
        discard(path)
        raise HistoryUnavailable(f"{path} was damaged ({error}), it is made anew.") from error


async def _cluster(kafka: Mapping[str, Any]) -> str:
    """The id of the Kafka cluster; waits for it as long as it takes."""
    while True:
        try:
            return await cluster_id(kafka)
        except AWAY:
            await asyncio.sleep(RETRY_S)


def _tell(progress: Progress) -> None:
    print(json.dumps(progress._asdict()), flush=True)


if __name__ == "__main__":
    main()
