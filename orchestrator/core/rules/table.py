"""The table of rules: which there are, what each looks at, and in which order they are asked.

Of two rules that ask for the same type of action the first in the table gives it.
"""

from orchestrator.core.actions import ActionType
from orchestrator.core.case import Rule
from orchestrator.core.events import (
    AssessmentComplete,
    BaselineComplete,
    CourseworkAnalyzed,
    EngagementLow,
    Event,
    LearnerProgress,
    SelAlert,
    SlpUpdated,
)
from orchestrator.core.rules import breaks, level, path, sel

_LEVEL = ActionType.LEVEL_SUGGESTED
_PATH = ActionType.LEARNING_PATH_UPDATE
_SEL = ActionType.SEL_INTERVENTION
_BREAK = ActionType.GAME_BREAK

_STEPS = (CourseworkAnalyzed, AssessmentComplete, LearnerProgress)
LEARNING: tuple[type[Event], ...] = (BaselineComplete, *_STEPS, EngagementLow)
"""The events that are the learner's activity."""

RULES: tuple[Rule, ...] = (
    Rule("level.baseline", _LEVEL, (BaselineComplete,), level.baseline),
    Rule("path.baseline", _PATH, (BaselineComplete,), path.baseline),
    Rule("level.slp", _LEVEL, (SlpUpdated,), level.slp),
    Rule("level.down.performance", _LEVEL, _STEPS, level.down_performance),
    Rule("level.down.streak", _LEVEL, _STEPS, level.down_streak),
    Rule("level.up.performance", _LEVEL, _STEPS, level.up_performance),
    Rule("level.up.streak", _LEVEL, _STEPS, level.up_streak),
    Rule("level.engagement_low", _LEVEL, (EngagementLow,), level.engagement_low),
    Rule("path.coursework", _PATH, (CourseworkAnalyzed,), path.coursework),
    Rule("sel.high_severity", _SEL, (SelAlert,), sel.high_severity),
    Rule("sel.repeated", _SEL, (SelAlert,), sel.repeated),
    Rule("break.sel", _BREAK, (SelAlert,), breaks.sel),
    Rule("break.engagement_low", _BREAK, (EngagementLow,), breaks.engagement_low),
    Rule("break.engagement", _BREAK, (CourseworkAnalyzed, LearnerProgress), breaks.engagement),
    Rule("break.session", _BREAK, LEARNING, breaks.session),
)


def rules_for(event_type: type[Event]) -> tuple[Rule, ...]:
    """The rules that look at events of a type, in order."""
    return tuple(rule for rule in RULES if event_type in rule.on)
