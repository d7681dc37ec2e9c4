"""The trials of policies, as GET /stats shows them."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from orchestrator.comparison.summary import Transitions
from orchestrator.core.actions import ActionType
from orchestrator.core.trial_records import TrialKind, TrialRow
from orchestrator.read_model.trial_figures import TrialFigures
from orchestrator.read_model.trials import KnownTrials
from orchestrator.web.frozen import Frozen

ENDED_SHOWN = 5
"""Of the trials that have ended so many are shown, beside those that run."""


class TransitionsShown(Frozen):
    """The actions of a type: how many each side gives, and what becomes of them.

    base = same + changed + lost + moved; candidate = same + changed + added + moved.
    """

    type: ActionType
    base: int = Field(ge=0, description="given by the policy in force, or as it would have")
    candidate: int = Field(ge=0, description="given by the candidate")
    same: int = Field(ge=0)
    changed: int = Field(ge=0, description="on the same event, but of another kind or strength")
    lost: int = Field(ge=0, description="given by base alone")
    added: int = Field(ge=0, description="given by the candidate alone")
    moved: int = Field(ge=0, description="given by both, up to 30 minutes apart")


class TrialShown(Frozen):
    """A trial: a candidate beside the policy in force, or for some learners in its place."""

    trial: str
    kind: TrialKind
    version: str = Field(description="the candidate's")
    since: datetime
    ended_at: datetime | None = Field(description="null while it runs")
    reason: str = Field(description="why it has ended")
    percent: float = Field(ge=0, le=100, description="of the learners, of a canary")
    tenants: tuple[str, ...] = Field(description="of a canary; none: all")
    caught_up: bool = Field(description="false: events are still to be read, the figures will grow")
    behind: int = Field(ge=0, description="events that are still to be read")
    events: int = Field(ge=0, description="events that were compared")
    learners: int = Field(ge=0)
    verdict: str = Field(description="what the candidate does otherwise, in a sentence")
    breach: str = Field(description="the guard rail that a canary has broken")
    looked_at: datetime | None = Field(
        description="when somebody last watched it, all events read, to ten seconds; null: never"
    )
    actions: tuple[TransitionsShown, ...]


def trials_shown(trials: KnownTrials) -> tuple[TrialShown, ...]:
    """Those that run, and of those that have ended the newest; the oldest first."""
    ended = [row.trial for row in trials.rows.values() if not row.is_running][-ENDED_SHOWN:]
    return tuple(
        _shown(row, trials.figures)
        for row in trials.rows.values()
        if row.is_running or row.trial in ended
    )


def _shown(row: TrialRow, all_figures: Mapping[str, TrialFigures]) -> TrialShown:
    figures = all_figures.get(row.trial)
    known = figures and figures.comparison
    return TrialShown(
        trial=row.trial,
        kind=row.kind,
        version=row.version,
        since=row.since,
        ended_at=row.ended_at,
        reason=row.reason,
        percent=row.percent,
        tenants=row.tenants,
        caught_up=figures is not None and figures.is_caught_up,
        behind=figures.behind if figures else 0,
        events=known.denominators.eligible if known else 0,
        learners=known.denominators.learners if known else 0,
        verdict=known.verdict if known else "",
        breach=figures.breach if figures else "",
        looked_at=figures.looked_at if figures else None,
        actions=tuple(map(_actions, known.actions)) if known else (),
    )


def _actions(row: Transitions) -> TransitionsShown:
    return TransitionsShown(
        type=row.type,
        base=row.base,
        candidate=row.candidate,
        same=row.same,
        changed=row.changed,
        lost=row.lost,
        added=row.added,
        moved=row.moved,
    )
