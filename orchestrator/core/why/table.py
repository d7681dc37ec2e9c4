"""The explainers by rule, and what all rules of a policy wait for."""

from collections.abc import Mapping

from orchestrator.core.actions import ActionType
from orchestrator.core.events import EventType
from orchestrator.core.policy import Policy
from orchestrator.core.rules.table import RULES
from orchestrator.core.state import LearnerState
from orchestrator.core.why import breaks, level, path, sel
from orchestrator.core.why.ways import Explainer, Found, Now, Obstacle, Waiting, any_event

EXPLAINERS: Mapping[str, Explainer] = {
    "level.baseline": level.baseline,
    "path.baseline": any_event(EventType.BASELINE_COMPLETE, "a first assessment"),
    "level.slp": level.slp,
    "level.down.performance": level.down_performance,
    "level.down.streak": level.down_streak,
    "level.up.performance": level.up_performance,
    "level.up.streak": level.up_streak,
    "level.engagement_low": level.engagement_low,
    "path.coursework": path.coursework,
    "sel.high_severity": sel.high_severity,
    "sel.repeated": sel.repeated,
    "break.sel": breaks.sel,
    "break.engagement_low": breaks.engagement_low,
    "break.engagement": breaks.engagement,
    "break.session": breaks.session,
}


def waiting(state: LearnerState, policy: Policy) -> tuple[Waiting, ...]:
    """What each rule of the policy waits for, in the order of the rules, at a learner's state.

    A pure function. All times are event times; what is said holds for the learner's next events.
    """
    now = Now(state, policy)
    return tuple(
        _waiting(rule.id, rule.action, EXPLAINERS[rule.id](now))
        for rule in RULES
        if rule.id in policy.messages
    )


def _waiting(rule: str, action: ActionType, found: Found) -> Waiting:
    if isinstance(found, Obstacle):
        return Waiting(rule, action, (), str(found))
    return Waiting(rule, action, found)
