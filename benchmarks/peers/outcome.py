"""What a run has written: counted, held against what was to be expected, and deleted."""

from collections.abc import Mapping, Set
from typing import Any, NamedTuple

import msgspec
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from msgspec import Struct

from benchmarks.peers.running import SideFailed
from orchestrator.stream.records import RawRecord
from orchestrator.stream.restore import restore

OF_GAPS = "path.coursework"


class Acted(Struct):
    """What is looked at of an action; the kernel has but one rule."""

    event_id: str
    rule: str = OF_GAPS


class Outcome(NamedTuple):
    """Records that are committed, by what they are; `others` are decisions and the like."""

    changelog_records: int
    actions: int
    others: int


class Output:
    """The topics that a run has written, which are all but `kept` and Kafka's own."""

    def __init__(
        self, admin: AIOKafkaAdminClient, client: Mapping[str, Any], kept: Set[str]
    ) -> None:
        """`client`: what readers are constructed with."""
        self._admin, self._client, self._kept = admin, client, kept

    async def check(self, acting: Set[str]) -> Outcome:
        """Count what there is. Raises SideFailed unless the `acting` events acted, once each."""
        counts = {"changelog": 0, "actions": 0, "others": 0}
        acted: list[str] = []
        decode = msgspec.json.Decoder(Acted).decode

        def collect(topic: str, _partition: int, records: list[RawRecord]) -> None:
            kind = _kind(topic)
            counts[kind] += len(records)
            if kind == "actions":
                actions = [decode(record.value or b"") for record in records]
                acted.extend(action.event_id for action in actions if action.rule == OF_GAPS)

        await restore(self._client, await self._partitions(), collect)
        if len(acted) != len(acting) or set(acted) != acting:
            raise SideFailed(
                f"of {len(acting):,} events that should act {len(acting & set(acted)):,} did, with "
                f"{len(acted):,} actions in all"
            )
        return Outcome(counts["changelog"], counts["actions"], counts["others"])

    async def delete(self) -> None:
        """Make room for the next run."""
        names = {tp.topic for tp in await self._partitions()}
        if names:
            await self._admin.delete_topics(sorted(names))

    async def _partitions(self) -> list[TopicPartition]:
        described = await self._admin.describe_topics()
        return [
            TopicPartition(topic["topic"], number)
            for topic in described
            if topic["topic"] not in self._kept and not topic["topic"].startswith("__")
            for number in range(len(topic["partitions"]))
        ]


def _kind(topic: str) -> str:
    """Of the product's changelogs only that of the learners' states is like the peers'."""
    if "actions" in topic:
        return "actions"
    if "statistics" in topic or "deliveries" in topic:
        return "others"
    return "changelog" if "changelog" in topic else "others"
