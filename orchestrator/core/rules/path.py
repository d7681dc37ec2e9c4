"""When a learner's path through the material should change."""

from collections.abc import Iterator
from typing import Any

from orchestrator.core.case import Case, Verdict
from orchestrator.core.events import BaselineComplete, CourseworkAnalyzed
from orchestrator.core.numbers import Hours, Numbers, Ratio


class AdjustmentNumbers(Numbers, frozen=True):
    """Below which engagement the path is adjusted strongly, and below which moderately."""

    strong_below: Ratio
    moderate_below: Ratio

    def impossible(self) -> Iterator[str]:
        """The stronger adjustment is for the lower engagement."""
        if self.moderate_below <= self.strong_below:
            yield "moderate_below: must be above strong_below"


class PathNumbers(Numbers, frozen=True):
    """The `path` section of the policy. `expires`: from the arrival of the event."""

    expires: Hours
    adjustments: AdjustmentNumbers


_STRONG = {
    "gamification": "high",
    "breaks": "increased",
    "variety": "high",
    "interaction": "active",
}
_MODERATE = {
    "gamification": "moderate",
    "breaks": "normal",
    "variety": "moderate",
    "interaction": "mixed",
}
_SLIGHT = {
    "gamification": "low",
    "breaks": "normal",
    "variety": "focused",
    "interaction": "focused",
}


def baseline(case: Case) -> Verdict:
    """A path from the first assessment, starting at the level that it gave."""
    event: BaselineComplete = case.event
    parameters = {
        "focus_areas": event.data.challenges,
        "strength_areas": event.data.strengths,
        "initial_level": case.state.level.value,
        "adaptation_enabled": True,
    }
    return Verdict(True, event.data.overall_score, None, parameters=parameters)


def coursework(case: Case) -> Verdict:
    """Topics to go over again, if coursework has shown gaps."""
    event: CourseworkAnalyzed = case.event
    gaps = event.data.learning_gaps
    if not gaps:
        return Verdict(False, 0, 1)
    parameters: dict[str, Any] = {
        "remediation_topics": gaps,
        "acceleration_topics": event.data.mastery_areas,
    }
    if case.engagement is not None:
        numbers = case.policy.path.adjustments
        parameters["engagement_adjustments"] = _adjustments(case.engagement, numbers)
    return Verdict(True, len(gaps), 1, parameters=parameters)


def _adjustments(engagement: float, numbers: AdjustmentNumbers) -> dict[str, str]:
    if engagement < numbers.strong_below:
        return dict(_STRONG)
    return dict(_MODERATE if engagement < numbers.moderate_below else _SLIGHT)
