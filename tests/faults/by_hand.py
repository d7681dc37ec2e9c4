"""What an operator does to Kafka by hand, and what befalls its logs."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Int16, Int32, Schema, String

from orchestrator.settings import Settings
from orchestrator.stream.records import RawRecord
from tests.waiting import eventually

GROUP = Settings().application_id

TOPICS = Array(("name", String("utf-8")), ("partitions", Array(Int32)))
ENDS = Array(("partition", Int32), ("error_code", Int16))


class OffsetDeleteResponse(Response):  # type: ignore[misc] # untyped
    """Kafka's answer."""

    API_KEY = 47
    API_VERSION = 0
    SCHEMA = Schema(
        ("error_code", Int16),
        ("throttle_time_ms", Int32),
        ("topics", Array(("name", String("utf-8")), ("partitions", ENDS))),
    )


class OffsetDeleteStruct(RequestStruct):  # type: ignore[misc] # untyped
    """kafka-consumer-groups.sh --delete-offsets, on the wire."""

    API_KEY = 47
    API_VERSION = 0
    RESPONSE_TYPE = OffsetDeleteResponse
    SCHEMA = Schema(("group_id", String("utf-8")), ("topics", TOPICS))


class OffsetDelete(Request[OffsetDeleteStruct]):  # type: ignore[misc] # untyped
    """The client has no word of its own for it."""

    API_KEY = 47

    def __init__(self, group: str, tps: Iterable[TopicPartition]) -> None:
        by_topic: dict[str, list[int]] = defaultdict(list)
        for tp in tps:
            by_topic[tp.topic].append(tp.partition)
        self._fields = group, list(by_topic.items())

    def build(self, request_struct_class: type[OffsetDeleteStruct]) -> OffsetDeleteStruct:
        return request_struct_class(*self._fields)


@asynccontextmanager
async def administering(kafka: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client for a while."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def forget_offsets(kafka: str, tps: Iterable[TopicPartition]) -> None:
    """kafka-consumer-groups.sh --delete-offsets --topic ..."""
    async with administering(kafka) as admin:
        answer = await admin._send_request(OffsetDelete(GROUP, tps))
    codes = [code for _, partitions in answer.topics for _, code in partitions]
    assert codes
    assert not any([answer.error_code, *codes]), answer


async def move_offsets(kafka: str, offsets: Mapping[TopicPartition, int]) -> None:
    """kafka-consumer-groups.sh --reset-offsets --to-offset ..."""
    client = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=GROUP, enable_auto_commit=False)
    await client.start()
    try:
        client.assign(list(offsets))
        await client.commit(dict(offsets))
    finally:
        await client.stop()


async def delete_before(kafka: str, offsets: Mapping[TopicPartition, int]) -> None:
    """As retention does."""
    async with administering(kafka) as admin:
        wanted = {tp: RecordsToDelete(offset) for tp, offset in offsets.items()}
        await admin.delete_records(wanted)


async def delete_topic(kafka: str, topic: str) -> None:
    """Return once it is gone."""
    async with administering(kafka) as admin:
        await admin.delete_topics([topic])

        async def gone() -> bool:
            return topic not in await admin.list_topics()

        await eventually(gone, within=30)


async def make_topic_anew(
    kafka: str, topic: str, records: Mapping[int, Sequence[RawRecord]]
) -> None:
    """The topic deleted, made with its settings, and given these records by partition."""
    async with administering(kafka) as admin:
        config = await settings_of(admin, topic)
    await delete_topic(kafka, topic)
    async with administering(kafka) as admin:
        await admin.create_topics([NewTopic(topic, len(records), 1, topic_configs=config)])
    await write(kafka, topic, records)


async def settings_of(admin: AIOKafkaAdminClient, topic: str) -> dict[str, str]:
    """Those that the product compares."""
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    [answer] = await admin.describe_configs([resource])
    [(_code, _message, _type, _name, entries)] = answer.resources
    names = {"cleanup.policy", "max.message.bytes", "retention.ms"}
    return {entry[0]: entry[1] for entry in entries if entry[0] in names}


async def write(kafka: str, topic: str, records: Mapping[int, Sequence[RawRecord]]) -> None:
    """Copy records to the partitions where they stood."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, enable_idempotence=True, max_batch_size=1_000_000
    )
    await producer.start()
    try:
        for number, some in records.items():
            for record in some:
                await producer.send(
                    topic,
                    key=record.key,
                    value=record.value,
                    partition=number,
                    headers=list(record.headers),
                )
        await producer.flush()
    finally:
        await producer.stop()


async def ends(kafka: str, tps: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    """One past the last offset of each."""
    client = AIOKafkaConsumer(bootstrap_servers=kafka)
    await client.start()
    try:
        found: dict[TopicPartition, int] = await client.end_offsets(tps)
        return found
    finally:
        await client.stop()
