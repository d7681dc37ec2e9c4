"""Whether Kafka answers is known within seconds, without asking."""

import asyncio

from orchestrator.embedded.kafka import EmbeddedKafka
from orchestrator.stream.admin import TopicPlan, ensure_topics
from orchestrator.stream.pulse import SILENT_AFTER_S, Pulse
from orchestrator.stream.records import Record
from tests.integration.stream.workers import write
from tests.waiting import eventually


async def test_the_pulse_tells_when_kafka_is_gone_and_when_it_is_back(
    own_kafka: EmbeddedKafka,
) -> None:
    kafka = own_kafka.bootstrap_servers
    await ensure_topics({"bootstrap_servers": kafka}, [TopicPlan("events", 2, 1, {})])
    await write(kafka, "events", [Record(b"%d" % n, b"") for n in range(7)], partitions=2)
    pulse = Pulse({"bootstrap_servers": kafka}, "events", 2)
    assert pulse.trouble() == "not asked yet"
    await pulse.start()
    await eventually(lambda: pulse.trouble() is None)
    assert pulse.end() == 7
    await asyncio.to_thread(own_kafka.kill)
    await eventually(lambda: pulse.trouble() is not None, within=SILENT_AFTER_S + 3)
    assert (pulse.trouble() or "").startswith("no answer for ")
    assert pulse.end() == 7
    await asyncio.to_thread(own_kafka.start)
    await eventually(lambda: pulse.trouble() is None, within=20)
    await pulse.stop()


async def test_a_kafka_that_was_never_there_is_said_with_the_reason() -> None:
    pulse = Pulse({"bootstrap_servers": "127.0.0.1:9"}, "events", 1)
    await pulse.start()
    await eventually(lambda: "KafkaConnectionError" in (pulse.trouble() or ""))
    await pulse.stop()
