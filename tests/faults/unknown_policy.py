"""A way to hold up chosen partitions: a policy is in force there whose text nobody knows yet."""

from collections.abc import Iterable
from pathlib import Path

from aiokafka import TopicPartition

from orchestrator.core.policy import Policy, load_policy
from orchestrator.core.policy_records import CONTROL_KEY, PolicyActivated, encode_control
from orchestrator.stream.producer import send_to
from orchestrator.stream.records import Record
from orchestrator.topics import EVENTS
from tests.product.house import CONFIG, House


def another_policy(file: Path) -> Policy:
    """Write a policy that differs from the shipped one, and return it."""
    text = (CONFIG / "policy.toml").read_text()
    file.write_text(text.replace("after_minutes = 25", "after_minutes = 20"))
    return load_policy(file.read_text(), (CONFIG / "messages.en.toml").read_text())


async def hold_up(
    house: House, partitions: Iterable[int], version: str
) -> dict[TopicPartition, int]:
    """Let partitions of the events wait for a policy; the offsets at which they do."""
    kafka = {"bootstrap_servers": house.kafka.bootstrap_servers}
    record = Record(CONTROL_KEY, encode_control(PolicyActivated(version)))
    offsets = await send_to(kafka, EVENTS, dict.fromkeys(partitions, record))
    return {TopicPartition(EVENTS, number): offset for number, offset in offsets.items()}
