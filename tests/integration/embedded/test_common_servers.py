"""The servers that all tests share, and names of one's own on them."""

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import UnknownTopicOrPartitionError
from redis.asyncio import Redis

from tests.conftest import CreateTopic, UniqueName


async def test_a_topic_is_made_as_asked(kafka: str, create_topic: CreateTopic) -> None:
    topic = await create_topic("facts", partitions=3, cleanup_policy="compact")
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    wanted = ConfigResource(ConfigResourceType.TOPIC, topic, {"cleanup.policy": None})
    [found] = await admin.describe_topics([topic])
    described = await admin.describe_configs([wanted])
    await admin.close()
    assert len(found["partitions"]) == 3
    assert ("cleanup.policy", "compact") in [
        entry[:2] for answer in described for resource in answer.resources for entry in resource[4]
    ]


async def test_no_topic_comes_into_being_by_a_misspelt_name(
    kafka: str, unique_name: UniqueName
) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka, request_timeout_ms=500) as producer:
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.send_and_wait(unique_name("factz"), b"")


async def test_a_batch_of_two_mebibytes_is_taken(kafka: str, create_topic: CreateTopic) -> None:
    topic = await create_topic("large")
    largest = 2 * 1024 * 1024
    async with AIOKafkaProducer(bootstrap_servers=kafka, max_request_size=largest) as producer:
        written = await producer.send_and_wait(topic, b"x" * (largest - 200))
    assert written.offset == 0


async def test_redis_answers(redis_url: str, unique_name: UniqueName) -> None:
    async with Redis.from_url(redis_url) as redis:
        await redis.xadd(unique_name("stream"), {"data": "{}"})
        assert await redis.xlen(unique_name("stream")) == 1
        await redis.delete(unique_name("stream"))


def test_names_are_of_this_test_alone(unique_name: UniqueName) -> None:
    assert unique_name("events") == unique_name("events")
    assert unique_name("events").startswith("test-names-are-of-this-test-alone-")
    assert unique_name("events").endswith(".events")
