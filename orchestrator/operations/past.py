"""One learner's past, from the cluster or from an archive, as the commands ask for it."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec
from aiokafka import TopicPartition

from orchestrator.archive.folder import ArchiveSource
from orchestrator.core.ids import learner_key, parse_learner_key
from orchestrator.core.outcomes import ActionOutcome, decode_outcome
from orchestrator.errors import OrchestratorError
from orchestrator.operations.command import LoadSettings, run
from orchestrator.operations.policies import known_policies
from orchestrator.operations.progress import Progress
from orchestrator.plan import kafka_settings
from orchestrator.read_model.action_topics import KINDS_IN
from orchestrator.retrace.life import Life, find_action, life_of, theirs
from orchestrator.retrace.replay import PastRecord, read_policies
from orchestrator.settings import Settings
from orchestrator.stream.partitioner import partition_of
from orchestrator.stream.topic_reader import partition_count, reader
from orchestrator.topics import EVENTS, OUTCOMES
from orchestrator.web.owner import Who

Ends = Mapping[str, ActionOutcome]
"""How a learner's actions ended, by their ids; the newest end of each."""


class Past(NamedTuple):
    """A learner's life and, where it is known, how their actions ended (None: not known)."""

    who: Who
    life: Life
    ends: Ends | None


class Records(NamedTuple):
    """Where the past is read: an archive, or the cluster of the settings."""

    load_settings: LoadSettings
    archive: Path | None

    def of_learner(self, who: Who) -> Past:
        """All that is known of a learner. Raises OrchestratorError, with what to do."""
        key = learner_key(who.tenant_id, who.learner_id)
        if self.archive is None:
            return run(_in_kafka(self.load_settings(), key, who))
        source = ArchiveSource(self.archive)
        partition = partition_of(key, source.manifest.partitions)
        said = _progress()
        life = life_of(source, key, partition, lambda done, of: said.reached("records", done, of))
        return Past(who, life, None)

    def of_action(self, action_id: str) -> Past:
        """All that is known of the learner who was given an action."""
        said = _progress()
        if self.archive is None:
            key = run(_asked_in_kafka(self.load_settings(), action_id, said))
        else:
            source = ArchiveSource(self.archive)
            key = find_action(source, action_id, lambda done, of: said.reached("records", done, of))
        if key is None:
            where = "the topics of the actions" if self.archive is None else str(self.archive)
            raise OrchestratorError(
                f"There is no action {action_id} in {where}. Its id has 32 hex digits and stands "
                "in each call as Idempotency-Key; actions are kept for 35 days."
            )
        return self.of_learner(Who(*parse_learner_key(key)))


def _progress() -> Progress:
    return Progress(lambda line: click.echo(line, err=True), time.monotonic, rate=True)


async def _in_kafka(settings: Settings, key: bytes, who: Who) -> Past:
    kafka, said = kafka_settings(settings), _progress()
    policies = read_policies((await known_policies(settings)).values(), "The cluster")
    partition = partition_of(key, await partition_count(kafka, EVENTS))
    here = TopicPartition(EVENTS, partition)
    records: list[PastRecord] = []
    gone = 0
    async with reader(kafka, EVENTS) as source:
        span = (await source.spans()).get(here)
        if span is not None:
            gone = span.begin
            async for some in source.read({here: span}):
                past = (PastRecord(r.key, r.value, r.offset, r.headers) for r in some)
                records += theirs(past, key)
                done = some[-1].offset + 1 - span.begin if some else 0
                said.reached(f"records of partition {partition}", done, span.end - span.begin)
    life = Life(key, partition, policies, records, {}, gone)
    return Past(who, life, await _ends(kafka, partition, who))


async def _ends(kafka: Mapping[str, Any], partition: int, who: Who) -> Ends:
    """The outcomes of a partition's actions stand in the same partition."""
    here = TopicPartition(OUTCOMES, partition)
    found: dict[str, ActionOutcome] = {}
    async with reader(kafka, OUTCOMES) as source:
        span = (await source.spans()).get(here)
        async for some in source.read({} if span is None else {here: span}):
            for record in some:
                try:
                    outcome = decode_outcome(record.value or b"")
                except msgspec.DecodeError:
                    continue  # a worker has told of it, and made it a dead letter
                if (outcome.tenant_id, outcome.learner_id) == who:
                    found[outcome.action_id] = outcome
    return found


async def _asked_in_kafka(settings: Settings, action_id: str, said: Progress) -> bytes | None:
    """The key of the record of an action."""
    kafka, wanted = kafka_settings(settings), f'"{action_id}"'.encode()
    for topic in KINDS_IN:
        async with reader(kafka, topic) as source:
            spans = await source.spans()
            total, done = sum(span.end - span.begin for span in spans.values()), 0
            async for some in source.read(spans):
                for record in some:
                    if record.value is not None and wanted in record.value:
                        return record.key
                done += len(some)
                said.reached(f"records of {topic}", done, total)
    return None
