"""A client with fetch sessions reads what one without them would, on a real Kafka."""

import random
from collections.abc import AsyncIterator
from typing import Any

import aiokafka.conn
import aiokafka.consumer.consumer
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from orchestrator.embedded.kafka import EmbeddedKafka
from orchestrator.stream.admin import TopicPlan, ensure_topics
from orchestrator.stream.connection import Connection
from orchestrator.stream.lean_fetcher import LeanFetcher
from tests.conftest import CreateTopic
from tests.waiting import eventually

PARTITIONS = 12


@pytest.fixture(autouse=True)
def sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiokafka.conn, "AIOKafkaConnection", Connection)
    monkeypatch.setattr(aiokafka.consumer.consumer, "Fetcher", LeanFetcher)


async def consumer(servers: str, *tps: TopicPartition) -> AIOKafkaConsumer:
    made = AIOKafkaConsumer(
        bootstrap_servers=servers,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        fetch_max_wait_ms=50,
    )
    await made.start()
    made.assign(tps)
    return made


@pytest.fixture
async def producer(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    async with AIOKafkaProducer(bootstrap_servers=kafka) as made:
        yield made


class Reading:
    """What a consumer has been given, by partition."""

    def __init__(self, client: AIOKafkaConsumer) -> None:
        self.client = client
        self.values: dict[int, list[int]] = {number: [] for number in range(PARTITIONS)}

    async def take(self) -> None:
        for tp, records in (await self.client.getmany(timeout_ms=50)).items():
            self.values[tp.partition] += [int(record.value) for record in records]

    async def has(self, written: dict[int, list[int]]) -> bool:
        await self.take()
        return self.values == written


def session_of(client: AIOKafkaConsumer) -> Any:
    return next(
        each._session
        for each in client._client._conns.values()
        if isinstance(each, Connection) and each._session._epoch
    )


async def test_all_records_come_in_order_whatever_is_paused_or_read_again(
    kafka: str, producer: AIOKafkaProducer, create_topic: CreateTopic
) -> None:
    topic = await create_topic("events", partitions=PARTITIONS)
    tps = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    client, rng = await consumer(kafka, *tps), random.Random(3)
    reading, written = Reading(client), {number: list[int]() for number in range(PARTITIONS)}
    for turn in range(300):
        number = rng.randrange(PARTITIONS)
        await producer.send_and_wait(topic, b"%d" % turn, partition=number)
        written[number].append(turn)
        if turn % 7 == 0:
            client.pause(*rng.sample(tps, 3))
        if turn % 11 == 0:
            client.resume(*client.paused())
        if turn % 50 == 49:
            again = rng.randrange(PARTITIONS)
            client.seek(tps[again], 0)
            reading.values[again] = []
        await reading.take()
    client.resume(*client.paused())
    await eventually(lambda: reading.has(written), within=20)
    assert session_of(client)._epoch > 20
    await client.stop()


async def test_a_broker_that_comes_back_knows_no_session_and_reading_goes_on(
    own_kafka: EmbeddedKafka,
) -> None:
    topic, servers = "events", own_kafka.bootstrap_servers
    await ensure_topics({"bootstrap_servers": servers}, [TopicPlan(topic, 1, 1, {}, "")])
    async with AIOKafkaProducer(bootstrap_servers=servers) as producer:
        await producer.send_and_wait(topic, b"1", partition=0)
    client = await consumer(servers, TopicPartition(topic, 0))
    reading = Reading(client)
    first = {**reading.values, 0: [1]}
    await eventually(lambda: reading.has(first), within=20)
    own_kafka.restart()
    async with AIOKafkaProducer(bootstrap_servers=servers) as producer:
        await producer.send_and_wait(topic, b"2", partition=0)
    second = {**reading.values, 0: [1, 2]}
    await eventually(lambda: reading.has(second), within=30)
    await client.stop()
