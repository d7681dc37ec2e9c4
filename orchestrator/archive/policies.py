"""The policies that a cluster has had, from their topic."""

from aiokafka import TopicPartition

from orchestrator.core.policy_records import PolicyText, decode_policy_text
from orchestrator.plan import kafka_settings
from orchestrator.settings import Settings
from orchestrator.stream.records import RawRecord
from orchestrator.stream.restore import restore
from orchestrator.topics import POLICIES


async def known_policies(settings: Settings) -> dict[str, PolicyText]:
    """The texts in the topic of the policies, by version, the first first."""
    found: dict[str, PolicyText] = {}

    def collect(_topic: str, _partition: int, records: list[RawRecord]) -> None:
        for record in records:
            version = (record.key or b"").decode()
            found.setdefault(version, decode_policy_text(record.value or b""))

    await restore(kafka_settings(settings), [TopicPartition(POLICIES, 0)], collect)
    return found
