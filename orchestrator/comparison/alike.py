"""Whether two actions on the same event are the same to whoever receives them."""

from collections.abc import Sequence

from orchestrator.core.actions import Action


def are_all_alike(base: Sequence[Action], candidate: Sequence[Action]) -> bool:
    """Whether two decisions on one event give the same actions; they come in the rules' order."""
    if len(base) != len(candidate):
        return False
    for mine, theirs in zip(base, candidate, strict=True):
        if mine is not theirs and not are_alike(mine, theirs):
            return False
    return True


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
