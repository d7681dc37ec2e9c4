"""What must be in Kafka after a storm, and what is."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from orchestrator.stream.records import RawRecord
from orchestrator.stream.restore import restore
from tests.stream.toy import Folded, Topics, step

Log = dict[int, list[RawRecord]]
"""All records of a topic, by partition."""


@dataclass
class Verdict:
    """Whether anything was lost, doubled or disordered. Counts of keys, actions or records.

    wrong: keys whose state is not the fold of their records; reverted: changelog records that took
    a key back to an earlier state; missing, repeated, unexpected: actions; disordered: keys whose
    actions came in another order; uncommitted: records behind the committed offsets.
    """

    events: int
    keys: int
    wrong: int
    reverted: int
    actions: int
    missing: int
    repeated: int
    unexpected: int
    disordered: int
    uncommitted: int

    @property
    def holds(self) -> bool:
        """At least once: repeats are allowed, nothing else is."""
        return not (
            self.wrong
            or self.reverted
            or self.missing
            or self.unexpected
            or self.disordered
            or self.uncommitted
        )


async def judge(settings: Mapping[str, Any], prefix: str, partitions: int) -> Verdict:
    """Compare the topics of `prefix` with the fold of its source; its workers have stopped."""
    topics = Topics.of(prefix)
    source = await read(settings, topics.source, partitions)
    changelog = await read(settings, topics.state, partitions)
    got = await read(settings, topics.actions, partitions)
    want_state, want_actions = fold(source)
    got_state = states(changelog)
    counts = Counter(record.value for records in got.values() for record in records)
    wanted = {action for actions in want_actions.values() for action in actions}
    return Verdict(
        events=sum(len(records) for records in source.values()),
        keys=len(want_state),
        wrong=sum(got_state.get(key) != state for key, state in want_state.items()),
        reverted=_reverted(changelog),
        actions=len(wanted),
        missing=len(wanted - set(counts)),
        repeated=sum(count > 1 for count in counts.values()),
        unexpected=len(set(counts) - wanted),
        disordered=_disordered(want_actions, got),
        uncommitted=await _uncommitted(settings, prefix, source),
    )


def fold(source: Log) -> tuple[dict[bytes, Folded], dict[bytes, list[bytes]]]:
    """The state of every key, and its actions in order."""
    folded: dict[bytes, Folded] = {}
    actions: dict[bytes, list[bytes]] = defaultdict(list)
    for records in source.values():
        for record in records:
            key, value = record.key or b"", record.value or b""
            folded[key], action = step(folded.get(key, Folded()), record.offset, value)
            if action is not None:
                actions[key].append(action)
    return folded, actions


def states(changelog: Log) -> dict[bytes, Folded]:
    """What a restore of the changelog yields."""
    rows = {
        record.key or b"": record.value or b""
        for records in changelog.values()
        for record in records
    }
    return {key: msgspec.msgpack.decode(row, type=Folded) for key, row in rows.items()}


async def read(settings: Mapping[str, Any], topic: str, partitions: int) -> Log:
    """The whole topic."""
    found: Log = {number: [] for number in range(partitions)}
    tps = [TopicPartition(topic, number) for number in range(partitions)]
    await restore(settings, tps, lambda _topic, number, records: found[number].extend(records))
    return found


def _reverted(changelog: Log) -> int:
    newest: dict[bytes, int] = {}
    reverted = 0
    for records in changelog.values():
        for record in records:
            key = record.key or b""
            offset = msgspec.msgpack.decode(record.value or b"", type=Folded).offset
            reverted += offset < newest.get(key, -1)
            newest[key] = offset
    return reverted


def _disordered(want: dict[bytes, list[bytes]], got: Log) -> int:
    """Keys whose actions, each taken at its first appearance, came in another order."""
    first: dict[bytes, dict[bytes, None]] = defaultdict(dict)
    for records in got.values():
        for record in records:
            first[record.key or b""].setdefault(record.value or b"")
    return sum(list(first[key]) != actions for key, actions in want.items())


async def _uncommitted(settings: Mapping[str, Any], group: str, source: Log) -> int:
    admin = AIOKafkaAdminClient(**settings)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    committed = {tp.partition: found.offset for tp, found in offsets.items()}
    return sum(
        records[-1].offset + 1 - committed.get(number, 0)
        for number, records in source.items()
        if records
    )
