"""What decides in a partition, and what a control record makes of that. Pure.

The one place that says what a control record means: the fold, and whoever reads the log, ask it.
"""

from msgspec import Struct
from msgspec.structs import replace

from orchestrator.core.policy_records import (
    CanaryEnded,
    CanaryStarted,
    Control,
    PolicyActivated,
)

REMEMBERED = 32
"""Canaries of before that a partition knows of."""


class Tried(Struct, frozen=True, array_like=True):
    """A canary that there was, or is. `version` "": it ended where it had never started."""

    trial: str
    version: str


class InForce(Struct, frozen=True):
    """`policy`: the version that decides; `canary`: who is decided by another one, if anybody.

    `tried`: the newest canaries, the running one included, the newest last; none of them starts
    anew. `REMEMBERED` of them.
    """

    policy: str
    canary: CanaryStarted | None = None
    tried: tuple[Tried, ...] = ()


def after(before: InForce, control: Control) -> InForce:
    """What is in force behind a control record; `before` itself if it changes nothing.

    Ending a canary twice, or starting one again that has ended, changes nothing: whoever writes
    these records may do so again.
    """
    match control:
        case PolicyActivated(version, began):
            return before if began else _activated(before, version)
        case CanaryStarted():
            return _started(before, control)
        case CanaryEnded(trial):
            return _ended(before, trial)
        case _:
            return before


def _activated(before: InForce, version: str) -> InForce:
    """A canary whose policy comes into force for all is over; another one goes on beside it."""
    canary = before.canary
    promoted = canary is not None and canary.version == version
    if version == before.policy and not promoted:
        return before
    return replace(before, policy=version, canary=None if promoted else canary)


def _started(before: InForce, started: CanaryStarted) -> InForce:
    """A second canary ends the first: two draws of the same children would tell nothing."""
    again = any(
        started.trial == each.trial or (started.proposed and started.version == each.version)
        for each in before.tried
    )
    if again or started.version == before.policy:
        return before
    return replace(before, canary=started, tried=_with(before, started.trial, started.version))


def _ended(before: InForce, trial: str) -> InForce:
    canary = before.canary
    if canary is not None and canary.trial == trial:
        return replace(before, canary=None)
    if any(trial == each.trial for each in before.tried):
        return before
    return replace(before, tried=_with(before, trial, ""))  # ahead of a start that was held up


def _with(before: InForce, trial: str, version: str) -> tuple[Tried, ...]:
    return (*before.tried, Tried(trial, version))[-REMEMBERED:]
