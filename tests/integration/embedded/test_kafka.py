"""The embedded Kafka keeps what it acknowledged, and says why it cannot start."""

import socket
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from orchestrator.embedded.errors import EmbeddedServerError, PortTakenError
from orchestrator.embedded.kafka import EmbeddedKafka


async def make_topic(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1)])
    finally:
        await admin.close()


async def produce(bootstrap: str, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def read_one(bootstrap: str, topic: str) -> bytes | None:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        value: bytes | None = (await consumer.getone()).value
    finally:
        await consumer.stop()
    return value


async def test_a_record_acknowledged_by_all_outlives_a_kill(own_kafka: EmbeddedKafka) -> None:
    await make_topic(own_kafka.bootstrap_servers, "facts")
    await produce(own_kafka.bootstrap_servers, "facts", b"kept")
    before = own_kafka.bootstrap_servers

    own_kafka.kill()
    assert not own_kafka.is_running
    own_kafka.restart()

    assert own_kafka.bootstrap_servers == before
    assert await read_one(own_kafka.bootstrap_servers, "facts") == b"kept"


async def test_a_transaction_is_committed(own_kafka: EmbeddedKafka) -> None:
    await make_topic(own_kafka.bootstrap_servers, "facts")
    producer = AIOKafkaProducer(
        bootstrap_servers=own_kafka.bootstrap_servers, transactional_id="teller"
    )
    await producer.start()
    async with producer.transaction():
        await producer.send_and_wait("facts", b"both or none")
    await producer.stop()

    assert await read_one(own_kafka.bootstrap_servers, "facts") == b"both or none"


async def test_another_day_on_other_ports_finds_yesterdays_records(tmp_path: Path) -> None:
    with EmbeddedKafka(tmp_path) as yesterday:
        await make_topic(yesterday.bootstrap_servers, "facts")
        await produce(yesterday.bootstrap_servers, "facts", b"kept")
    with EmbeddedKafka(tmp_path) as today:
        assert today.port != yesterday.port
        assert await read_one(today.bootstrap_servers, "facts") == b"kept"


def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"Port {port} .* choose another"):
            EmbeddedKafka(tmp_path, port=port).start()


def test_a_server_that_dies_at_its_start_is_quoted(tmp_path: Path) -> None:
    (tmp_path / "topics").mkdir()
    (tmp_path / "topics" / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=other\n")
    with pytest.raises(
        EmbeddedServerError, match=r"ended while it was starting(?s:.*)Stored node id 7"
    ):
        EmbeddedKafka(tmp_path).start()
