"""A worker of the smallest kind: folds records into a state per key, and acts on every third.

Stands for any user of the stream layer; the real agents have the same shape. Run as a process:
`python -m tests.stream.toy PREFIX`, with KAFKA_BOOTSTRAP_SERVERS in the environment, and at will
TOY_GUARANTEE, TOY_SESSION_S (the session timeout), TOY_INSTANCE_ID (makes it a static member),
TOY_FAILS_ON and TOY_WAITS_ON (values on which the work fails, or waits for ever).
"""

import asyncio
import hashlib
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec
from faust.types import StreamT

from orchestrator.guarantee import Guarantee
from orchestrator.stream.app import StreamApp
from orchestrator.stream.batch import Batch
from orchestrator.stream.records import Record
from orchestrator.stream.run import serve
from orchestrator.stream.runner import each_batch
from orchestrator.stream.tables import PartitionTable
from orchestrator.stream.writing import done_with

logger = logging.getLogger("toy")

ACT_EVERY = 3
SESSION_S = 6.0

Watch = Callable[[Batch], Awaitable[None]]
"""Called with a batch before it is folded."""


class Topics(NamedTuple):
    source: str
    actions: str
    state: str

    @classmethod
    def of(cls, prefix: str) -> "Topics":
        return cls(f"{prefix}.in", f"{prefix}.out", f"{prefix}.state")


class Folded(msgspec.Struct, array_like=True, frozen=True):
    """The state of a key: where it stands, how many records, and a digest of their order."""

    offset: int = -1
    count: int = 0
    digest: bytes = b""


def step(state: Folded, offset: int, value: bytes) -> tuple[Folded, bytes | None]:
    """The pure fold: a record seen before changes nothing, each third yields an action."""
    if offset <= state.offset:
        return state, None
    digest = hashlib.blake2b(state.digest + value, digest_size=8).digest()
    folded = Folded(offset, state.count + 1, digest)
    return folded, b"act:" + value if folded.count % ACT_EVERY == 0 else None


async def unwatched(batch: Batch) -> None:
    """Lets every batch pass."""


def make_app(
    prefix: str,
    bootstrap: str,
    *,
    session_s: float = SESSION_S,
    instance_id: str | None = None,
    guarantee: Guarantee = Guarantee.AT_LEAST_ONCE,
    watch: Watch = unwatched,
) -> StreamApp:
    topics = Topics.of(prefix)
    app = StreamApp(
        prefix,
        bootstrap_servers=[bootstrap],
        session_timeout_s=session_s,
        group_instance_id=instance_id,
        guarantee=guarantee,
        web_enabled=False,
    )
    table = app.partition_table("folded", changelog=topics.state, source=topics.source)

    async def fold(batch: Batch) -> None:
        await watch(batch)
        changes, actions = fold_batch(table, batch)
        await app.writer.write(
            batch.partition,
            {topics.actions: actions},
            {table.changelog: table.records(changes)},
            done=done_with(batch.records),
        )
        table.apply(batch.partition, changes)

    @app.agent(app.source(topics.source))
    async def folding(stream: StreamT[Any]) -> None:
        await each_batch(stream, fold)

    return app


def fold_batch(
    table: PartitionTable, batch: Batch
) -> tuple[dict[bytes, bytes | None], list[Record]]:
    """The rows that a batch changes, and the actions that follow from it."""
    rows, actions = table.partition(batch.partition), []
    changes: dict[bytes, bytes | None] = {}
    for record in batch.records:
        assert record.key is not None
        assert record.value is not None
        row = changes.get(record.key) or rows.get(record.key)
        state = msgspec.msgpack.decode(row, type=Folded) if row else Folded()
        state, action = step(state, record.offset, record.value)
        if action is not None:
            actions.append(Record(record.key, action))
        changes[record.key] = msgspec.msgpack.encode(state)
    return changes, actions


def watch_of_environment() -> Watch:
    """Fails or waits for ever on the values that the environment names."""
    fails_on = os.environ.get("TOY_FAILS_ON", "").encode()
    waits_on = os.environ.get("TOY_WAITS_ON", "").encode()

    async def watch(batch: Batch) -> None:
        values = {record.value for record in batch.records}
        if fails_on in values:
            raise ValueError(f"told to fail on {fails_on!r}")
        if waits_on in values:
            logger.info("waiting on %r", waits_on)
            await asyncio.Event().wait()

    return watch


async def main(prefix: str) -> int:
    app = make_app(
        prefix,
        os.environ["KAFKA_BOOTSTRAP_SERVERS"],
        session_s=float(os.environ.get("TOY_SESSION_S", SESSION_S)),
        instance_id=os.environ.get("TOY_INSTANCE_ID"),
        guarantee=Guarantee(os.environ.get("TOY_GUARANTEE", Guarantee.AT_LEAST_ONCE)),
        watch=watch_of_environment(),
    )
    return await serve(app)


if __name__ == "__main__":
    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "INFO"),
        format=f"%(asctime)s {os.getpid()} %(name)s %(message)s",
    )
    sys.exit(asyncio.run(main(sys.argv[1])))
