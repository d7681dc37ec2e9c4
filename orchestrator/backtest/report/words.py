"""What the report calls things: words for who has never seen an id of ours."""

from orchestrator.comparison.summary import Kind, SliceBy
from orchestrator.core.actions import ActionType

TYPES = {
    ActionType.GAME_BREAK: "Breaks",
    ActionType.LEVEL_SUGGESTED: "Levels",
    ActionType.SEL_INTERVENTION: "Support for feelings",
    ActionType.LEARNING_PATH_UPDATE: "Learning paths",
}
"""The types of actions, in the order of the report: what a child feels first."""

ONE = {
    ActionType.GAME_BREAK: "Break",
    ActionType.LEVEL_SUGGESTED: "Level",
    ActionType.SEL_INTERVENTION: "Support",
    ActionType.LEARNING_PATH_UPDATE: "Learning path",
}
"""One action of a type."""

RULES = {
    "level.baseline": "Level after the first assessment",
    "path.baseline": "Path after the first assessment",
    "level.slp": "Easier level for speech and language",
    "level.down.performance": "One level down: poor performance",
    "level.down.streak": "One level down: wrong answers in a row",
    "level.up.performance": "One level up: strong performance",
    "level.up.streak": "One level up: right answers in a row",
    "level.engagement_low": "Easy work for a while: little interest",
    "path.coursework": "Path after coursework with gaps",
    "sel.high_severity": "Support after a severe alert",
    "sel.repeated": "Support after repeated alerts",
    "break.sel": "Quiet moment along with support",
    "break.engagement_low": "Lively break: little interest",
    "break.engagement": "Break at low engagement",
    "break.session": "Break after a long stretch of learning",
}
"""What gives an action, by the rule's id."""

EVENTS = {
    "BASELINE_COMPLETE": "First assessment",
    "SLP_UPDATED": "Speech and language profile",
    "SEL_ALERT": "Alert about feelings",
    "COURSEWORK_ANALYZED": "Coursework",
    "ASSESSMENT_COMPLETE": "Assessment",
    "LEARNER_PROGRESS": "Progress",
    "ENGAGEMENT_LOW": "Little interest",
    "LEVEL_SUGGESTION_FAILED": "Level that did not arrive",
    "LEARNER_ERASED": "Learner erased",
}

KINDS = {
    Kind.SAME: "Both give it on the same event, and nothing that reaches anybody differs.",
    Kind.CHANGED: "Both give it on the same event, by another rule or with another content.",
    Kind.MOVED: "One that is given up to 30 minutes earlier or later than before.",
    Kind.LOST: "Only the base gives it.",
    Kind.ADDED: "Only the candidate gives it.",
}
"""What becomes of an action, in the order in which the bars show it."""

SLICES = {
    SliceBy.TENANT: "Tenant",
    SliceBy.RULE: "Rule",
    SliceBy.HOUR: "Hour of the day",
    SliceBy.LEVEL: "Level of the learner",
}


def rule(rule_id: str) -> str:
    """A rule in words; one that has none is named by its id."""
    return RULES.get(rule_id, rule_id)


def event(event_type: str) -> str:
    """A type of event in words."""
    return EVENTS.get(event_type, event_type.lower().replace("_", " "))
