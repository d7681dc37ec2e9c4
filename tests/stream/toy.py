"""A worker of the smallest kind: folds records into a state per key, and acts on every third.

Stands for any user of the stream layer; the real agents have the same shape. Run as a process:
`python -m tests.stream.toy PREFIX`, with KAFKA_BOOTSTRAP_SERVERS in the environment.
"""

import asyncio
import hashlib
import logging
import os
import sys
from typing import Any, NamedTuple

import msgspec
from faust.types import StreamT

from orchestrator.stream.app import StreamApp
from orchestrator.stream.batch import Batch
from orchestrator.stream.producer import acknowledged
from orchestrator.stream.records import Record
from orchestrator.stream.run import serve
from orchestrator.stream.runner import each_batch

ACT_EVERY = 3


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


def make_app(prefix: str, bootstrap: str) -> StreamApp:
    topics = Topics.of(prefix)
    app = StreamApp(prefix, bootstrap_servers=[bootstrap], session_timeout_s=6.0, web_enabled=False)
    table = app.partition_table("folded", changelog=topics.state, source=topics.source)

    async def fold(batch: Batch) -> None:
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
        producer = app.batch_producer
        await acknowledged(await producer.send_batches(topics.actions, batch.partition, actions))
        records = table.records(changes)
        await acknowledged(await producer.send_batches(table.changelog, batch.partition, records))
        table.apply(batch.partition, changes)

    @app.agent(app.source(topics.source))
    async def folding(stream: StreamT[Any]) -> None:
        await each_batch(stream, fold)

    return app


async def main(prefix: str) -> int:
    return await serve(make_app(prefix, os.environ["KAFKA_BOOTSTRAP_SERVERS"]))


if __name__ == "__main__":
    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "INFO"),
        format=f"%(asctime)s {os.getpid()} %(name)s %(message)s",
    )
    sys.exit(asyncio.run(main(sys.argv[1])))
