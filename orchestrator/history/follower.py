"""Reading the topics of the whole cluster into the file, for ever.

What an event or an action is stands in other topics than what has become of it, and these may be
read ahead of those. So news of something unknown is not taken before the events and actions are
read up to where they end now: then it is of what was forgotten, or erased, or is too old.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from orchestrator.clock import Clock
from orchestrator.history.entries import Asked, Decided, Ended, Entry, Tried, entries_of
from orchestrator.history.places import ACTION_TOPICS, event_position
from orchestrator.history.retention import Keep, sweep
from orchestrator.history.starts import first_offsets, is_of_other_log
from orchestrator.history.store import Store
from orchestrator.stream.records import RawRecord
from orchestrator.stream.refusals import AWAY
from orchestrator.stream.restore import committed_reader, reached
from orchestrator.topics import DECISIONS, DELIVERIES_CHANGELOG, EVENTS, OUTCOMES

log = structlog.get_logger(__name__)

FACTS = (EVENTS, *ACTION_TOPICS)
NEWS = (DECISIONS, DELIVERIES_CHANGELOG, OUTCOMES)

RECORDS = 2_000
"""In one transaction of the file: more costs a reader nothing, but memory here."""

GATHER_MS = 100
"""How long Kafka may keep what is new, to give more of it at once; so late an answer may be."""

READER = {
    "fetch_max_wait_ms": GATHER_MS,
    "fetch_min_bytes": 256 * 1024,
    "max_partition_fetch_bytes": 256 * 1024,
}

RETRY_S = 1.0
TELL_EVERY_S = 1.0
HELD_BACK_S = 0.05
SLICES = 4
"""That may be deleted behind each write: more than can have come with it."""
RESTS = 10
"""Times as long as scrubbing a file took nothing is scrubbed after it: else a backlog with many
erasures in it would have a large file written anew with every piece."""


class Progress(NamedTuple):
    """How the history is: its rows, and how many records it is behind the ends of the topics."""

    rows: int
    behind: int


class Follower:
    """Reads until it is cancelled. Kafka's errors are waited out."""

    def __init__(
        self,
        client_settings: Mapping[str, Any],
        partitions: int,
        *,
        open_store: Callable[[], Store],
        discard_store: Callable[[], None],
        keep: Keep,
        clock: Clock,
        tell: Callable[[Progress], None],
    ) -> None:
        """`clock`: the machine's, by which Kafka stamps; `tell` is called about once a second."""
        self._settings = dict(client_settings)
        self._facts = [TopicPartition(t, n) for t in FACTS for n in range(partitions)]
        self._news = [TopicPartition(t, n) for t in NEWS for n in range(partitions)]
        self._scrubs_from = 0.0
        self._open_store = open_store
        self._discard_store = discard_store
        self._keep = keep
        self._clock = clock
        self._tell = tell
        self._tell_at = 0.0
        self._store = open_store()

    async def run(self) -> None:
        """Follow, for ever. Raises sqlite3.Error where the disk fails."""
        try:
            while True:
                await self._until_it_fails()
                await asyncio.sleep(RETRY_S)
        finally:
            self._store.close()

    async def _until_it_fails(self) -> None:
        reader = committed_reader(self._settings, **READER)
        try:
            await reader.start()
            await self._follow(reader)
        except AWAY as error:
            log.warning("the history cannot be read from Kafka, trying again", error=repr(error))
        finally:
            await reader.stop()

    async def _follow(self, reader: AIOKafkaConsumer) -> None:
        ends = await self._seek(reader)
        ends_of_facts = {tp: ends[tp] for tp in self._facts}
        everything = [*self._facts, *self._news]
        read = self._facts
        while True:
            if read is self._facts and await reached(reader, ends_of_facts):
                read = everything
            found = await reader.getmany(*read, timeout_ms=500, max_records=RECORDS)
            await self._take(reader, found)
            self._clean()
            await self._tell_now_and_then(reader)

    async def _tell_now_and_then(self, reader: AIOKafkaConsumer) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._tell_at:
            self._tell_at = now + TELL_EVERY_S
            behind = await _behind(reader, [*self._facts, *self._news])
            self._tell(Progress(self._store.rows, behind))

    async def _seek(self, reader: AIOKafkaConsumer) -> dict[TopicPartition, int]:
        """Go to where the file stands, or where what is kept begins; the ends of the topics."""
        tps = [*self._facts, *self._news]
        reader.assign(tps)
        ends: dict[TopicPartition, int] = await reader.end_offsets(tps)
        if is_of_other_log(self._store.positions(), ends):
            log.warning("the history is of another log, it is made anew")
            self._store.close()
            self._discard_store()
            self._store = self._open_store()
        since = self._keep.since(_milliseconds(self._clock))
        starts = await first_offsets(
            reader, self._store.positions(), ends, since, self._facts, self._keep.rows
        )
        for tp, start in starts.items():
            reader.seek(tp, start)
        return ends

    async def _take(
        self, reader: AIOKafkaConsumer, found: Mapping[TopicPartition, list[RawRecord]]
    ) -> None:
        entries: list[Entry] = []
        positions: dict[TopicPartition, int] = {}
        held_back = False
        for tp, records in sorted(found.items(), key=lambda item: item[0].topic in NEWS):
            said = [entry for record in records for entry in entries_of(record)]
            if tp.topic in NEWS and await self._is_ahead(reader, tp.partition, said, entries):
                reader.seek(tp, records[0].offset)
                held_back = True
                continue
            entries += said
            positions[tp] = records[-1].offset + 1
        if positions:
            self._store.write(entries, positions)
        if held_back:
            await asyncio.sleep(HELD_BACK_S)

    async def _is_ahead(
        self, reader: AIOKafkaConsumer, number: int, news: Iterable[Entry], taken: list[Entry]
    ) -> bool:
        """Whether some of the news may be of what has not been read yet."""
        offsets, action_ids = [], set()
        for entry in news:
            if isinstance(entry, Decided):
                offsets.append(event_position(entry.place)[1])
            elif isinstance(entry, Tried | Ended):
                action_ids.add(entry.action_id)
        if offsets and await reader.position(TopicPartition(EVENTS, number)) <= max(offsets):
            return True
        if not action_ids:
            return False
        action_ids -= {e.action.action_id for e in taken if isinstance(e, Asked)}
        if not self._store.unknown(action_ids):
            return False
        ends = await reader.end_offsets([TopicPartition(t, number) for t in ACTION_TOPICS])
        return not await reached(reader, ends)

    def _clean(self) -> None:
        now = _milliseconds(self._clock)
        for _ in range(SLICES):
            if not sweep(self._store, self._keep, now):
                break
        began = time.monotonic()
        if began >= self._scrubs_from:
            self._store.scrub()
            ended = time.monotonic()
            self._scrubs_from = ended + RESTS * (ended - began)


async def _behind(reader: AIOKafkaConsumer, tps: Iterable[TopicPartition]) -> int:
    """Records that Kafka is known to have and that were not handed over."""
    behind = 0
    for tp in tps:
        end = reader.last_stable_offset(tp)
        behind += 0 if end is None else max(0, end - await reader.position(tp))
    return behind


def _milliseconds(clock: Clock) -> int:
    return int(clock.now().timestamp() * 1000)
