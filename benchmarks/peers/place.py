"""One Kafka with the events in it, where sides run one after the other."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from benchmarks.house import CONFIG, kafka_of_the_product, sender_to
from benchmarks.peers.outcome import Outcome, Output
from benchmarks.peers.running import Ends, Ran, run_program
from benchmarks.peers.sides import Command, Side
from benchmarks.peers.task import Task
from benchmarks.peers.workload import Written, write_events
from orchestrator.embedded.kafka import EmbeddedKafka
from orchestrator.plan import ensure_all_topics
from orchestrator.settings import load_settings
from orchestrator.stream.admin import TopicPlan, ensure_topics
from orchestrator.topics import EVENTS, MAX_MESSAGE_BYTES

PARTITIONS = 4
LEARNERS = 10_000
PEERS_EVENTS = "peers.events"
SHORT_EVENTS = "peers.short-events"
SHORT = 20
"""One in so many events is enough for a side that is as slow."""

Say = Callable[[str], object]


class Input(NamedTuple):
    """A topic with events, and where each of its partitions ends."""

    topic: str
    ends: Ends
    written: Written


class Took(NamedTuple):
    """One run of one side."""

    ran: Ran
    outcome: Outcome


class Place:
    """Where sides run."""

    def __init__(self, folder: Path, bootstrap: str, admin: AIOKafkaAdminClient) -> None:
        self._folder, self._bootstrap, self._admin = folder, bootstrap, admin
        self._inputs: dict[str, Input] = {}

    @classmethod
    @asynccontextmanager
    async def furnished(cls, folder: Path, events: int, say: Say) -> AsyncIterator[Self]:
        """A Kafka of its own, with the events for all sides."""
        async with kafka_of_the_product(folder, PARTITIONS) as kafka:
            admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
            await admin.start()
            try:
                place = cls(folder, kafka.bootstrap_servers, admin)
                await place._furnish(kafka, events, say)
                yield place
            finally:
                await admin.close()

    async def _furnish(self, kafka: EmbeddedKafka, events: int, say: Say) -> None:
        """Ours note in the product's topic under which policy they begin: it is theirs alone."""
        await self._make([_plan(PEERS_EVENTS), _plan(SHORT_EVENTS)])
        async with sender_to(kafka) as sender:
            say(f"writing {events:,} events …")
            whole = await write_events(sender, [EVENTS, PEERS_EVENTS], events, LEARNERS, say)
            short = await write_events(sender, [SHORT_EVENTS], events // SHORT, LEARNERS, say)
        for topic, written in ((EVENTS, whole), (PEERS_EVENTS, whole), (SHORT_EVENTS, short)):
            self._inputs[topic] = Input(topic, await self._ends(topic), written)

    async def one_run(self, side: Side, command: Command, number: int) -> Took:
        """Run the side as a group of its own, from nothing. Raises SideFailed."""
        given = self._inputs[self.input_of(side)]
        name = f"{side.name}-{number}"
        folder = self._folder / name
        folder.mkdir()
        task = Task(self._bootstrap, name, given.topic, given.written.events, folder, side.variant)
        if side.whole:
            await ensure_all_topics(load_settings(self._environment()))
        else:
            await self._make([_plan(task.actions), _plan(task.changelog, compact=True)])
        output = Output(self._admin, self._client, set(self._inputs))
        try:
            log = folder / "complaints.log"
            words = side.command(command, task)
            ran = await run_program(self._admin, words, name, given.ends, log)
            return Took(ran, await output.check(given.written.acting))
        finally:
            await output.delete()

    @staticmethod
    def input_of(side: Side) -> str:
        """The topic that a side reads."""
        if side.short:
            return SHORT_EVENTS
        return EVENTS if side.whole else PEERS_EVENTS

    def events_of(self, side: Side) -> int:
        """How many events a side is given."""
        return self._inputs[self.input_of(side)].written.events

    @property
    def _client(self) -> dict[str, str]:
        return {"bootstrap_servers": self._bootstrap}

    def _environment(self) -> dict[str, str]:
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self._bootstrap,
            "TOPIC_PARTITIONS": str(PARTITIONS),
            "POLICY_FILE": str(CONFIG / "policy.toml"),
            "MESSAGES_FILE": str(CONFIG / "messages.en.toml"),
        }

    async def _make(self, plans: list[TopicPlan]) -> None:
        await ensure_topics(self._client, plans)

    async def _ends(self, topic: str) -> Ends:
        tps = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        async with AIOKafkaConsumer(**self._client) as reader:
            ends: Ends = await reader.end_offsets(tps)
            return ends


def _plan(name: str, *, compact: bool = False) -> TopicPlan:
    config = {
        "cleanup.policy": "compact" if compact else "delete",
        "max.message.bytes": str(MAX_MESSAGE_BYTES),
    }
    return TopicPlan(name, PARTITIONS, 1, config)
