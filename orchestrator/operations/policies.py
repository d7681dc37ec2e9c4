"""Policies in Kafka: which there are, which is in force, and bringing one into force."""

import msgspec
from aiokafka import TopicPartition

from orchestrator.core.counters import DecideCounters
from orchestrator.core.policy_records import (
    CONTROL_KEY,
    PolicyActivated,
    PolicyText,
    decode_policy_text,
    encode_control,
    encode_policy_text,
)
from orchestrator.plan import kafka_settings
from orchestrator.read_model.trials import KnownTrials
from orchestrator.settings import Settings
from orchestrator.stream.producer import send_to
from orchestrator.stream.records import RawRecord, Record
from orchestrator.stream.restore import restore
from orchestrator.topics import EVENTS, POLICIES, STATISTICS_CHANGELOG, TRIALS
from tables.statistics import DECIDE_ROW


async def known_policies(settings: Settings) -> dict[str, PolicyText]:
    """The texts in the topic of the policies, by version, the first first."""
    found: dict[str, PolicyText] = {}

    def collect(_topic: str, _partition: int, records: list[RawRecord]) -> None:
        for record in records:
            version = (record.key or b"").decode()
            found.setdefault(version, decode_policy_text(record.value or b""))

    await restore(kafka_settings(settings), [TopicPartition(POLICIES, 0)], collect)
    return found


async def known_trials(settings: Settings) -> KnownTrials:
    """The trials of policies that there are and were."""
    trials = KnownTrials()

    def collect(_topic: str, _partition: int, records: list[RawRecord]) -> None:
        for record in records:
            trials.on_record(record)

    await restore(kafka_settings(settings), [TopicPartition(TRIALS, 0)], collect)
    return trials


async def in_force(settings: Settings) -> dict[int, str]:
    """The version in force by partition, as far as its owner has come."""
    found: dict[int, str] = {}

    def collect(_topic: str, partition: int, records: list[RawRecord]) -> None:
        for record in records:
            if record.key == DECIDE_ROW and record.value:
                found[partition] = msgspec.json.decode(record.value, type=DecideCounters).policy

    tps = [TopicPartition(STATISTICS_CHANGELOG, n) for n in range(settings.topic_partitions)]
    await restore(kafka_settings(settings), tps, collect)
    return found


async def activate(settings: Settings, text: PolicyText) -> dict[int, int]:
    """Bring a policy into force; the offset by partition from which it decides.

    Its text is written first, so that no worker meets a switch to what it cannot know.
    """
    version = text.load().version
    if version not in await known_policies(settings):
        record = Record(version.encode(), encode_policy_text(text))
        await send_to(kafka_settings(settings), POLICIES, {0: record})
    control = Record(CONTROL_KEY, encode_control(PolicyActivated(version)))
    partitions = range(settings.topic_partitions)
    return await send_to(kafka_settings(settings), EVENTS, dict.fromkeys(partitions, control))
