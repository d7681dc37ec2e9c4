"""Feelings: a grave alert is always answered, and repeated ones are not silenced for good."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from msgspec.structs import replace

from orchestrator.core.actions import Action, ActionType
from orchestrator.core.alerts import Severity
from orchestrator.core.decide import decide
from orchestrator.core.events import SelAlert
from orchestrator.core.policy import Policy
from orchestrator.core.times import MINUTE
from orchestrator.policy_check.findings import Found
from orchestrator.policy_check.watches import Seen, Watch


def _is_answered(actions: tuple[Action, ...]) -> bool:
    return any(one.type is ActionType.SEL_INTERVENTION for one in actions)


class Unanswered(Watch):
    """Every alert of high severity has an intervention, whatever was before."""

    def found(self, _memory: Any, seen: Seen) -> Iterator[Found]:
        """One that has none."""
        event = seen.event
        if type(event) is not SelAlert or event.data.severity is not Severity.HIGH:
            return
        if not _is_answered(seen.decision.actions):
            words = "An alert of high severity, and no intervention."
            yield Found("sel.unanswered", "sel.high_severity", words)


class Silenced(Watch):
    """The cooldown holds back what would repeat itself, and not alerts that come anew."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    @cached_property
    def _without(self) -> Policy:
        return replace(self._policy, sel=replace(self._policy.sel, cooldown=0))

    def found(self, _memory: Any, seen: Seen) -> Iterator[Found]:
        """Repeated alerts, all of them later than the last intervention, and none for them."""
        numbers = seen.policy.sel
        last = None if seen.before is None else seen.before.last_sel_intervention_at
        if type(seen.event) is not SelAlert or last is None or seen.at - last <= numbers.window:
            return
        if _is_answered(seen.decision.actions):
            return
        if _is_answered(decide(seen.before, seen.event, seen.position, self._without).actions):
            words = (
                f"{numbers.repeated} alerts within {numbers.window // MINUTE} minutes, all later "
                "than the last intervention, and none for them: sel.cooldown_minutes is longer "
                "than sel.window_minutes."
            )
            yield Found("sel.silenced", "sel.cooldown_minutes", words)
