"""The canary that a worker's settings propose, at each of its starts."""

import tomllib
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct

from orchestrator.core.guard_rails import GuardRails
from orchestrator.core.policy_records import CanaryStarted, PolicyText
from orchestrator.core.trial_records import TrialKind, next_trial
from orchestrator.errors import InvalidGuardRails
from orchestrator.plan import read_policy_text
from orchestrator.read_model.trial_control import Kafka, publish_text, start_canary
from orchestrator.read_model.trials import KnownTrials
from orchestrator.settings import Settings

log = structlog.get_logger(__name__)


class CanaryProposal(Struct, frozen=True):
    """Whom a policy is to decide for, if it was never a canary in this cluster."""

    text: PolicyText
    percent: float
    tenants: tuple[str, ...] = ()
    rails: GuardRails = GuardRails()


async def propose_canary(
    kafka: Kafka,
    partitions: int,
    proposal: CanaryProposal,
    policies: Collection[str],
    trials: KnownTrials,
    at: datetime,
) -> None:
    """Start it, unless its version was tried before: what was undone stays undone.

    `policies`: the versions whose texts the cluster knows. Several workers may propose the same at
    the same time: their records are alike, and count once. Raises InvalidPolicy, StreamError.
    """
    version = proposal.text.load().version
    if tried := trials.of(TrialKind.CANARY, version):
        log.info("the canary of the settings was tried before", trial=tried[-1].trial)
        return
    started = CanaryStarted(
        next_trial(TrialKind.CANARY, version, trials.rows),
        version,
        proposal.percent,
        proposal.tenants,
        proposal.rails,
        proposed=True,
    )
    await publish_text(kafka, version, proposal.text, policies)
    await start_canary(kafka, partitions, started, at, trials)
    log.info("a canary is proposed", trial=started.trial, percent=started.percent)


def read_guard_rails(file: Path | None) -> GuardRails:
    """The guard rails of a TOML file; what it does not name, or None, is as always.

    Raises InvalidGuardRails.
    """
    if file is None:
        return GuardRails()
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), GuardRails)
    except (OSError, ValueError) as error:  # msgspec's and tomllib's errors are ValueErrors
        raise InvalidGuardRails([f"{file}: {error}"]) from error


def canary_of(settings: Settings) -> CanaryProposal | None:
    """The canary that the settings propose. Raises InvalidPolicy, InvalidGuardRails."""
    if settings.canary_policy_file is None:
        return None
    text = read_policy_text(settings.canary_policy_file, settings.messages_file)
    text.load()
    rails = read_guard_rails(settings.canary_rails_file)
    return CanaryProposal(text, settings.canary_percent, settings.canary_tenants, rails)
