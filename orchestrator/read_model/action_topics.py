"""Which topic an action goes to: one a downstream service, and one for what must not wait."""

from orchestrator.core.actions import KINDS, ActionType, Service
from orchestrator.read_model.ahead import ACTION_TOPICS
from orchestrator.topics import ACTIONS_LEARNER, ACTIONS_NOTIFICATION, ACTIONS_URGENT

_ORDINARY = {Service.LEARNER: ACTIONS_LEARNER, Service.NOTIFICATION: ACTIONS_NOTIFICATION}
_URGENT = {Service.NOTIFICATION: ACTIONS_URGENT}

TOPIC_OF: dict[ActionType, str] = {
    action: (_URGENT if kind.urgent else _ORDINARY)[kind.service] for action, kind in KINDS.items()
}
"""Topic by type of action."""

KINDS_IN: dict[str, frozenset[ActionType]] = {
    topic: frozenset(action for action, its_own in TOPIC_OF.items() if its_own == topic)
    for topic in ACTION_TOPICS
}
"""Types of action by their topic."""
