"""A worker in memory: its partitions, its lanes, its tables, and the work that it has in hand."""

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, ParamSpec

from agents.count import count_dead_letters, count_outcomes
from agents.decide import note_policy
from agents.ports import Writer
from orchestrator.bridge.entries import Translator
from orchestrator.bridge.forwarding import Forwarder
from orchestrator.bridge.health import LaneCounters
from orchestrator.clock import Clock
from orchestrator.core.actions import Service
from orchestrator.core.fold import Batch
from orchestrator.guarantee import Guarantee
from orchestrator.stream.records import RawRecord, Sender
from orchestrator.topics import (
    ACTIONS_LEARNER,
    ACTIONS_NOTIFICATION,
    ACTIONS_URGENT,
    DEAD_LETTERS,
    EVENTS,
    OUTCOMES,
)
from tests.simulation.school.days import STREAMS
from tests.simulation.school.downstream import Downstream
from tests.simulation.school.kafka import (
    AwaitedSteps,
    Fenced,
    Kafka,
    PlainSender,
    Source,
    Transactions,
)
from tests.simulation.school.product import Product
from tests.simulation.school.redis import RedisStream
from tests.simulation.school.rounds import Rounds
from tests.simulation.school.steps import Task, step
from tests.simulation.school.tables import Tables

SERVICE_OF = {
    ACTIONS_LEARNER: Service.LEARNER,
    ACTIONS_NOTIFICATION: Service.NOTIFICATION,
    ACTIONS_URGENT: Service.NOTIFICATION,
}
TOPICS = (EVENTS, *SERVICE_OF, OUTCOMES, DEAD_LETTERS)
LEARNER_LIMIT = 64 // len(STREAMS)

Slot = tuple[str, int | str]
"""What is done one at a time: a topic's partition, a service's partition, or a lane."""

P = ParamSpec("P")
Job = Callable[[], Coroutine[Any, Any, None]]


@dataclass
class Around:
    """What a worker finds around it."""

    product: Product
    guarantee: Guarantee
    kafka: Kafka
    redis: dict[str, RedisStream]
    downstream: Downstream
    random: Random


@dataclass(frozen=True)
class Writing:
    """How a worker writes; a Host of its agents."""

    writer: Writer
    sender: Sender


@dataclass
class Worker:
    """`fenced`: others have its partitions, and it does not know."""

    name: str
    around: Around
    clock: Clock
    tables: Tables
    fenced: bool = False
    partitions: set[int] = field(default_factory=set)
    streams: set[str] = field(default_factory=set)
    done: dict[Source, int] = field(default_factory=dict)
    tasks: dict[Slot, Task] = field(default_factory=dict)
    rounds: dict[tuple[Service, int], Rounds] = field(default_factory=dict)
    writing: Writing = field(init=False)

    def __post_init__(self) -> None:
        kafka, check = self.around.kafka, self._is_not_fenced
        writer: Writer
        if self.around.guarantee is Guarantee.EXACTLY_ONCE and self.around.product.transactions:
            writer = Transactions(kafka, check)
        else:
            changelogs = [table.changelog for table in self.tables]
            writer = AwaitedSteps(kafka, changelogs, check, self.around.random)
        self.writing = Writing(writer, PlainSender(kafka))

    # -- ownership

    def begin(self, partition: int) -> None:
        """The partition is this worker's: restore, and go on from what is committed."""
        kafka = self.around.kafka
        for table in self.tables:
            rows = (
                kafka.restored(table.changelog, partition) if self.around.product.restores else {}
            )
            table.adopt(partition, rows)
        for topic in TOPICS:
            self.done[topic, partition] = kafka.committed[topic, partition]
        self.partitions.add(partition)
        for service in Service:
            place = (service, partition)
            rounds = Rounds(
                service,
                partition,
                self.writing,
                self.tables.deliveries,
                self.around.downstream,
                self.clock,
                self.around.random,
                lambda: not self.fenced,  # the lease has ended before others are given them
            )
            self.rounds[place] = rounds
            self._start(place, self._job, rounds.open)

    def let_go(self, partition: int) -> None:
        """Asked to: what is in hand is finished, and its offsets are committed."""
        for slot, task in self.tasks.items():
            if slot[1] == partition:
                task.finish()
        for service in Service:
            rounds = self.rounds.pop((service, partition))
            Task(self._job(rounds.close)).finish()
        self.commit()
        self.partitions.discard(partition)
        for table in self.tables:
            table.drop(partition)

    def let_go_of_stream(self, stream: str) -> None:
        """Asked to: the lane's piece is finished."""
        if (task := self.tasks.get(("lane", stream))) is not None:
            task.finish()
        self.streams.discard(stream)

    def die(self) -> None:
        """Whatever is in hand is gone, the replies that were not written down among it."""
        for rounds in self.rounds.values():
            self.around.downstream.lost_replies |= rounds.unwritten
        for task in self.tasks.values():
            task.break_off()
        for table in self.tables:
            for partition in list(table.owned()):
                table.drop(partition)

    def commit(self) -> None:
        """The consumer commits how far the batches are done."""
        for source, offset in self.done.items():
            if source[1] in self.partitions:
                self.around.kafka.commit(source, offset)

    # -- work

    def can_begin(self) -> Iterator[Callable[[], None]]:
        """What there is to do, and nobody is at."""
        for partition in sorted(self.partitions):
            for topic in TOPICS:
                slot: Slot = (SERVICE_OF.get(topic, topic), partition)
                source = (topic, partition)
                if self.around.kafka.lag(source, self.done[source]) and self._is_free(slot):
                    yield partial(self._take_batch, slot, source)
        for stream in sorted(self.streams):
            if self.around.redis[stream].has_work and self._is_free(("lane", stream)):
                yield partial(self._start, ("lane", stream), self._carry, stream)

    def can_go_round(self) -> Iterator[Callable[[], None]]:
        """Whose waiting actions can be attempted again."""
        for place, rounds in self.rounds.items():
            if self._is_free(place) and rounds.waits:
                yield partial(self._start, place, self._job, rounds.go_round)

    def under_way(self) -> list[Task]:
        """The tasks that can go on."""
        return [task for task in self.tasks.values() if not task.ended]

    def _is_free(self, slot: Slot) -> bool:
        task = self.tasks.get(slot)
        return task is None or task.ended

    def _start(
        self,
        slot: Slot,
        work: Callable[P, Coroutine[Any, Any, None]],
        *given: P.args,
        **more: P.kwargs,
    ) -> None:
        self.tasks[slot] = Task(work(*given, **more))

    def _take_batch(self, slot: Slot, source: Source) -> None:
        size = self.around.random.choice([1, 3, 10, 100])
        records = self.around.kafka.after(source, self.done[source], size)
        work = self._work_of(source, records)
        self._start(slot, self._job, work, source, records[-1].offset + 1)

    def _work_of(self, source: Source, records: list[RawRecord]) -> Job:
        topic, partition = source
        statistics, app = self.tables.statistics, self.writing
        if topic == EVENTS:
            return partial(self._decide, partition, records)
        if topic in SERVICE_OF:
            return partial(self.rounds[SERVICE_OF[topic], partition].take, records)
        if topic == OUTCOMES:
            return partial(count_outcomes, app, statistics, records, self.clock.now())
        return partial(count_dead_letters, app, statistics, records)

    async def _decide(self, partition: int, records: list[RawRecord]) -> None:
        product, tables = self.around.product, self.tables
        batch = Batch(EVENTS, partition, product.known, product.first, self.clock.now())
        folded = product.fold(batch, records, tables.learner_state.partition(partition))
        await note_policy(self.writing, partition, folded)
        await product.write_down(
            self.writing, tables.learner_state, tables.statistics, records, folded
        )

    async def _job(self, work: Job, source: Source | None = None, following: int = 0) -> None:
        """One piece of work, and how far its source is done then."""
        if self.around.product.commits_first and source is not None:
            self.around.kafka.commit(source, following)
            await step()
        await work()
        if source is not None:
            self.done[source] = following

    async def _carry(self, name: str) -> None:
        """One reading of a lane: in Kafka first, acknowledged to Redis after."""
        stream, product = self.around.redis[name], self.around.product
        translator = Translator(name)
        forwarder = Forwarder(
            translator, self.writing.sender, self.clock, LaneCounters(), LEARNER_LIMIT
        )
        for piece in forwarder.pieces(stream.read(self.around.random.choice([1, 5, 50]))):
            if product.acknowledges_first:
                stream.acknowledge([each.entry_id for each in piece])
            await forwarder.send(piece)
            stream.acknowledge([each.entry_id for each in piece])

    def _is_not_fenced(self) -> None:
        """The broker: whose partition has another owner is fenced. Raises Fenced."""
        if self.fenced and self.around.product.fences:
            raise Fenced(self.name)
