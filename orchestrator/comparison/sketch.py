"""An action as far as a comparison looks at it: nobody is asked for it, so it needs no identity.

It is half of what an action costs: the hash that is its id, and the moments that the event and the
policy say anyway. plain.py gives whole ones.
"""

from datetime import datetime

from orchestrator.core.actions import Action, ActionType, action_id
from orchestrator.core.case import Case, Rule, Verdict
from orchestrator.core.effects import expiry_of
from orchestrator.core.events import Event
from orchestrator.core.ids import ActionId
from orchestrator.core.policy import SpokenWords

_LEVEL = ActionType.LEVEL_SUGGESTED
_NONE = ActionId("")


def sketch_of(case: Case, rule: Rule, verdict: Verdict, *, with_expiry: bool) -> Action:
    """As core/decide.action_of, but with an id only where the state remembers it, and with
    `expires_at` only if asked for: where both policies let it live as long it says nothing."""
    event: Event = case.event
    kind, words = rule.action, case.policy.messages[rule.id]
    title = message = None
    if type(words) is SpokenWords:
        title, message = words.title, words.message
    identity = _NONE
    if kind is _LEVEL:
        identity = action_id(event.tenant_id, event.learner_id, event.id, rule.id)
    expires_at: datetime | None = expiry_of(case, kind) if with_expiry else None
    return Action(
        action_id=identity,
        type=kind,
        tenant_id=event.tenant_id,
        learner_id=event.learner_id,
        event_id=event.id,
        rule=rule.id,
        policy_version=case.policy.version,
        created_at=event.timestamp,
        expires_at=expires_at,
        confidence=verdict.confidence,
        reason=words.reason,
        evidence={"observed": verdict.observed, "threshold": verdict.threshold},
        parameters=verdict.parameters or {},
        title=title,
        message=message,
    )
