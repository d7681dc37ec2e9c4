"""Whether two actions on the same event are the same to whoever receives them."""

from orchestrator.core.actions import Action


def are_alike(base: Action, candidate: Action) -> bool:
    """Whether only the policy's version and the evidence may differ.

    The evidence holds the threshold: if it counted, every break that comes at the same moment
    under a lower threshold would be a change, and the child would notice nothing of it.
    """
    return (
        base.rule == candidate.rule
        and base.parameters == candidate.parameters
        and base.confidence == candidate.confidence
        and base.expires_at == candidate.expires_at
        and base.reason == candidate.reason
        and base.title == candidate.title
        and base.message == candidate.message
    )
