"""Starting and stopping a shadow, of which there is one at a time."""

from collections.abc import Collection
from datetime import datetime

import structlog
from msgspec.structs import replace

from orchestrator.core.policy_records import PolicyText, ShadowEnded, ShadowStarted
from orchestrator.core.trial_records import TrialKind, TrialRow, next_trial
from orchestrator.read_model.trial_control import Kafka, note, publish_text, tell_all
from orchestrator.read_model.trials import KnownTrials

log = structlog.get_logger(__name__)

STOPPED = "it was stopped"
REPLACED = "another shadow took its place"


async def start_shadow(
    kafka: Kafka,
    partitions: int,
    text: PolicyText,
    policies: Collection[str],
    known: KnownTrials,
    at: datetime,
) -> TrialRow:
    """Try a policy beside the one in force, from now on; one that runs is ended by it.

    `policies`: the versions whose texts the cluster knows. A version whose shadow runs already
    goes on as it is. Raises InvalidPolicy, StreamError.
    """
    version = text.load().version
    for row in running_shadows(known):
        if row.version == version:
            return row
    await publish_text(kafka, version, text, policies)
    started = TrialRow(
        next_trial(TrialKind.SHADOW, version, known.rows), TrialKind.SHADOW, version, at
    )
    await tell_all(kafka, partitions, ShadowStarted(started.trial, version))
    await note(kafka, started)
    for row in running_shadows(known):
        await _end(kafka, partitions, row, REPLACED, at)
    return started


async def stop_shadow(
    kafka: Kafka, partitions: int, known: KnownTrials, at: datetime
) -> list[TrialRow]:
    """End every shadow that runs; those that did. Raises StreamError."""
    found = running_shadows(known)
    for row in found:
        await _end(kafka, partitions, row, STOPPED, at)
    return found


async def propose_shadow(
    kafka: Kafka,
    partitions: int,
    text: PolicyText,
    policies: Collection[str],
    known: KnownTrials,
    at: datetime,
) -> None:
    """Start a worker's candidate, unless its version was a shadow before: then it stays as it is.

    Two workers that do so at once write down one trial, since they call it the same.
    """
    version = text.load().version
    if not known.of(TrialKind.SHADOW, version):
        row = await start_shadow(kafka, partitions, text, policies, known, at)
        log.info("a shadow was started", trial=row.trial, version=version)


async def _end(kafka: Kafka, partitions: int, row: TrialRow, reason: str, at: datetime) -> None:
    await tell_all(kafka, partitions, ShadowEnded(row.trial, reason))
    await note(kafka, replace(row, ended_at=at, reason=reason))


def running_shadows(known: KnownTrials) -> list[TrialRow]:
    """The shadows that nobody has ended."""
    return [row for row in known.running() if row.kind is TrialKind.SHADOW]
