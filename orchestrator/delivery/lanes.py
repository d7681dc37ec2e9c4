"""What may go side by side and what must go in line."""

from collections.abc import Sequence

from orchestrator.core.actions import URGENT, Action

Lane = list[int]
"""Positions in the batch, to be delivered one after the other."""


def lanes_of(actions: Sequence[Action]) -> list[Lane]:
    """Split a batch into lanes that do not depend on one another, urgent ones first.

    A learner's actions form one lane in the order given; the learner's SEL interventions form
    another, so that they wait behind nothing but one another.
    """
    urgent: dict[tuple[str, str], Lane] = {}
    ordinary: dict[tuple[str, str], Lane] = {}
    for position, action in enumerate(actions):
        lanes = urgent if action.type in URGENT else ordinary
        lanes.setdefault((action.tenant_id, action.learner_id), []).append(position)
    return [*urgent.values(), *ordinary.values()]
