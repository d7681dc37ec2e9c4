"""Levels: one step at a time, one way at a time, and no to and fro."""

from collections.abc import Hashable, Iterator
from typing import Any

from msgspec.structs import replace

from orchestrator.core.actions import Action, ActionType
from orchestrator.core.decide import decide
from orchestrator.core.events import BaselineComplete
from orchestrator.core.levels import Level, is_above
from orchestrator.core.policy import Policy
from orchestrator.policy_check.findings import Found
from orchestrator.policy_check.watches import Seen, Watch

_LEVELS = tuple(Level)


def move_of(actions: tuple[Action, ...]) -> Action | None:
    """The level suggestion that is meant to stay, if there is one."""
    for one in actions:
        if one.type is ActionType.LEVEL_SUGGESTED and not one.parameters["temporary"]:
            return one
    return None


def is_up(move: Action) -> bool:
    """Whether a suggestion is of a harder level than the one now."""
    levels = move.parameters
    return is_above(Level(levels["suggested_level"]), Level(levels["current_level"]))


class TwoAtOnce(Watch):
    """One event takes nobody down by more than a level, but for the first assessment."""

    def found(self, _memory: Any, seen: Seen) -> Iterator[Found]:
        """A fall of two levels and more."""
        move = move_of(seen.decision.actions)
        if move is None or type(seen.event) is BaselineComplete:
            return
        before, after = move.parameters["current_level"], move.parameters["suggested_level"]
        fallen = _LEVELS.index(Level(before)) - _LEVELS.index(Level(after))
        if fallen > 1:
            words = f"{move.rule} takes a child from {before} to {after} by a single event."
            yield Found("level.two-at-once", move.rule, words)


class BothWays(Watch):
    """No event is a reason to go up and a reason to go down."""

    def found(self, _memory: Any, seen: Seen) -> Iterator[Found]:
        """Another rule that would have sent the learner the other way."""
        move = move_of(seen.decision.actions)
        if move is None:
            return
        for rule in seen.policy.rules.get(type(seen.event), ()):
            if rule.action is not ActionType.LEVEL_SUGGESTED or rule.id == move.rule:
                continue
            alone = only(seen.policy, rule.id, rule.action)
            other = move_of(decide(seen.before, seen.event, seen.position, alone).actions)
            if other is not None and is_up(other) is not is_up(move):
                subject = " and ".join(sorted((move.rule, rule.id)))
                ways = ("up", "down") if is_up(move) else ("down", "up")
                words = (
                    f"One event goes {ways[0]} by {move.rule}, and would go {ways[1]} "
                    f"by {rule.id} if that one were asked first."
                )
                yield Found("level.both-ways", subject, words)


class PingPong(Watch):
    """Like events, one after another, do not send a learner to and fro.

    For histories of like events only. Remembers the last move's rule and way, how often the way
    has changed, and the rule of the move before.
    """

    begins: tuple[str, bool, int, str] | None = None

    def after(self, memory: Any, seen: Seen) -> Any:
        """With the move of the event; the first assessment only says where it begins."""
        move = move_of(seen.decision.actions)
        if move is None or type(seen.event) is BaselineComplete:
            return memory
        up = is_up(move)
        if memory is None:
            return move.rule, up, 0, move.rule
        last, was_up, turns, _ = memory
        return move.rule, up, min(2, turns + (was_up is not up)), last

    def found(self, memory: Any, seen: Seen) -> Iterator[Found]:
        """The second change of the way."""
        move = move_of(seen.decision.actions)
        if move is None or memory is None or memory[2] < 2:
            return
        ways = "up, down and up" if memory[1] else "down, up and down"
        subject = " and ".join(sorted({memory[0], memory[3]}))
        words = f"One {seen.event.type} after another, all of them alike, and {ways} again."
        yield Found("level.ping-pong", subject, words)

    def key(self, memory: Any, _now: int) -> Hashable:
        """It holds no times."""
        return memory if memory is None else tuple(memory)


def only(policy: Policy, rule_id: str, action: ActionType) -> Policy:
    """The policy with this one rule of those that give the action, and all others."""
    rules = {
        kind: tuple(rule for rule in asked if rule.action is not action or rule.id == rule_id)
        for kind, asked in policy.rules.items()
    }
    return replace(policy, rules=rules)
