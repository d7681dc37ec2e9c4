"""Which topic an action goes to: one a downstream service, and one for what must not wait."""

from orchestrator.core.actions import SERVICE_OF, URGENT, ActionType, Service
from orchestrator.topics import ACTIONS_LEARNER, ACTIONS_NOTIFICATION, ACTIONS_URGENT

_ORDINARY = {Service.LEARNER: ACTIONS_LEARNER, Service.NOTIFICATION: ACTIONS_NOTIFICATION}

TOPIC_OF: dict[ActionType, str] = {
    action: ACTIONS_URGENT if action in URGENT else _ORDINARY[service]
    for action, service in SERVICE_OF.items()
}
"""Topic by type of action."""
