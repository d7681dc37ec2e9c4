"""Starting and ending a trial of a policy: its text, its control records, its row.

In this order, so that no worker meets a policy that it cannot know, and what is broken off can be
done again: a control record that says what holds already changes nothing.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from orchestrator.core.policy_records import (
    CONTROL_KEY,
    CanaryEnded,
    CanaryStarted,
    Control,
    PolicyText,
    encode_control,
    encode_policy_text,
)
from orchestrator.core.trial_records import TrialKind, TrialRow, encode_trial
from orchestrator.read_model.trials import KnownTrials
from orchestrator.stream.producer import send_to
from orchestrator.stream.records import Record
from orchestrator.topics import EVENTS, POLICIES, TRIALS

Kafka = Mapping[str, Any]
"""What clients are constructed with."""


async def publish_text(
    kafka: Kafka, version: str, text: PolicyText, known: Collection[str]
) -> None:
    """Have a policy's text in the topic of the policies, `known` of which are there."""
    if version not in known:
        record = Record(version.encode(), encode_policy_text(text))
        await send_to(kafka, POLICIES, {0: record})


async def tell_all(kafka: Kafka, partitions: int, control: Control) -> dict[int, int]:
    """Write a control record to each partition of the events; offsets by partition."""
    record = Record(CONTROL_KEY, encode_control(control))
    return await send_to(kafka, EVENTS, dict.fromkeys(range(partitions), record))


async def note(kafka: Kafka, row: TrialRow) -> None:
    """Write a trial's row."""
    await send_to(kafka, TRIALS, {0: Record(row.trial.encode(), encode_trial(row))})


async def start_canary(
    kafka: Kafka, partitions: int, started: CanaryStarted, at: datetime, trials: KnownTrials
) -> dict[int, int]:
    """Start a canary whose text is published; the offset by partition from which it decides.

    That it ends the one before, which is among `trials`, is what its record means; the rows say so.
    """
    offsets = await tell_all(kafka, partitions, started)
    for before in trials.running(TrialKind.CANARY):
        if before.trial != started.trial:
            reason = f"{started.trial} took its place"
            await note(kafka, replace(before, ended_at=at, reason=reason))
    row = TrialRow(
        started.trial,
        TrialKind.CANARY,
        started.version,
        at,
        percent=started.percent,
        tenants=started.tenants,
    )
    await note(kafka, row)
    return offsets


async def end_canary(
    kafka: Kafka,
    partitions: int,
    row: TrialRow,
    reason: str,
    at: datetime,
    *,
    undone: bool = False,
) -> dict[int, int]:
    """End a canary for good, for all to read why; the offset by partition from which it is over.

    `undone`: for breaking a guard rail. Doing so once more changes nothing but the row.
    """
    offsets = await tell_all(kafka, partitions, CanaryEnded(row.trial, reason))
    await note(kafka, replace(row, ended_at=at, reason=reason, undone=undone))
    return offsets
