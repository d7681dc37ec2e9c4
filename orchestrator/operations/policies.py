"""Policies in Kafka: which there are, which is in force, and bringing one into force."""

from aiokafka import TopicPartition

from orchestrator.archive.policies import known_policies as known_policies  # noqa: PLC0414
from orchestrator.core.counters import decode_decide_counters
from orchestrator.core.in_force import InForce
from orchestrator.core.policy_records import PolicyActivated, PolicyText
from orchestrator.plan import kafka_settings
from orchestrator.read_model.trial_control import publish_text, tell_all
from orchestrator.read_model.trials import KnownTrials
from orchestrator.settings import Settings
from orchestrator.stream.records import RawRecord
from orchestrator.stream.restore import restore
from orchestrator.topics import STATISTICS_CHANGELOG, TRIALS
from tables.statistics import DECIDE_ROW


async def known_trials(settings: Settings) -> KnownTrials:
    """The trials of policies that there are and were."""
    trials = KnownTrials()

    def collect(_topic: str, _partition: int, records: list[RawRecord]) -> None:
        for record in records:
            trials.on_record(record)

    await restore(kafka_settings(settings), [TopicPartition(TRIALS, 0)], collect)
    return trials


async def in_force(settings: Settings) -> dict[int, InForce]:
    """What decides, by partition, as far as its owner has come."""
    found: dict[int, InForce] = {}

    def collect(_topic: str, partition: int, records: list[RawRecord]) -> None:
        for record in records:
            if record.key == DECIDE_ROW and record.value:
                found[partition] = decode_decide_counters(record.value).in_force

    tps = [TopicPartition(STATISTICS_CHANGELOG, n) for n in range(settings.topic_partitions)]
    await restore(kafka_settings(settings), tps, collect)
    return found


async def activate(settings: Settings, text: PolicyText) -> dict[int, int]:
    """Bring a policy into force; the offset by partition from which it decides.

    Its text is written first, so that no worker meets a switch to what it cannot know.
    """
    version, kafka = text.load().version, kafka_settings(settings)
    await publish_text(kafka, version, text, await known_policies(settings))
    return await tell_all(kafka, settings.topic_partitions, PolicyActivated(version))
