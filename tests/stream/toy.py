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

import faust
import msgspec
from faust import Stream

from orchestrator.stream.batch import Batch, BatchSchema
from orchestrator.stream.producer import BatchProducer, acknowledged
from orchestrator.stream.records import Record
from orchestrator.stream.run import serve
from orchestrator.stream.runner import each_batch
from orchestrator.stream.tables import PartitionTable, PartitionTables

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


def make_app(prefix: str, bootstrap: str) -> faust.App:
    topics = Topics.of(prefix)
    app = faust.App(
        prefix,
        broker=f"kafkabatch://{bootstrap}",
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        TableManager=PartitionTables,
        broker_session_timeout=6.0,
        broker_rebalance_timeout=6.0,
        broker_heartbeat_interval=1.0,
        producer_max_batch_size=512 * 1024,
    )
    source = app.topic(topics.source, schema=BatchSchema())
    table = PartitionTable(app, name="folded", changelog=topics.state, source=topics.source)
    app.tables.add(table)

    async def fold(batch: Batch) -> None:
        rows, changes, actions = table.partition(batch.partition), {}, []
        for record in batch.records:
            assert record.key is not None
            assert record.value is not None
            row = changes.get(record.key) or rows.get(record.key)
            state = msgspec.msgpack.decode(row, type=Folded) if row else Folded()
            state, action = step(state, record.offset, record.value)
            if action is not None:
                actions.append(Record(record.key, action))
            changes[record.key] = msgspec.msgpack.encode(state)
        producer = app.producer
        assert isinstance(producer, BatchProducer)
        await acknowledged(await producer.send_batches(topics.actions, batch.partition, actions))
        records = table.records(changes)
        await acknowledged(await producer.send_batches(table.changelog, batch.partition, records))
        table.apply(batch.partition, changes)

    @app.agent(source)
    async def folding(stream: Stream[Any]) -> None:
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
