"""Breaks: not too many, not too close, not out of proportion, and not withheld."""

from collections.abc import Hashable, Iterator
from typing import Any

from orchestrator.core.actions import Action, ActionType
from orchestrator.core.events import CourseworkAnalyzed
from orchestrator.core.rules.table import LEARNING
from orchestrator.core.session import Session, after_activity, after_break
from orchestrator.core.times import HOUR, MINUTE
from orchestrator.policy_check.findings import Found
from orchestrator.policy_check.limits import Limits
from orchestrator.policy_check.watches import Seen, Watch

_FOR_LEARNING = "break.session"
_LONGEST_REPORT = 10 * HOUR
"""No event tells of a longer stretch; after a rest beyond it, everything begins anew."""


def break_of(seen: Seen) -> Action | None:
    """The break that the event gave, if any."""
    given = seen.decision.actions
    return next((one for one in given if one.type is ActionType.GAME_BREAK), None)


def length_of(given: Action) -> int:
    """How long a break is, in microseconds."""
    return int(given.parameters["duration_minutes"]) * MINUTE


class Spacing(Watch):
    """Breaks of the last hour, by (time, length), those in order of arrival."""

    begins: tuple[tuple[int, int], ...] = ()

    def __init__(self, limits: Limits) -> None:
        self._most = limits.breaks_an_hour

    def after(self, memory: Any, seen: Seen) -> Any:
        """With the new break, without those that are an hour old."""
        given = break_of(seen)
        if given is None:
            return memory
        recent = tuple(one for one in memory if one[0] > seen.at - HOUR)
        return (*recent, (seen.at, length_of(given)))

    def found(self, memory: Any, seen: Seen) -> Iterator[Found]:
        """Too many in the hour; closer than the gap; one before the last is over."""
        given = break_of(seen)
        if given is None:
            return
        if len(memory) > self._most:
            words = f"{len(memory)} breaks within an hour; {self._most} are the most."
            yield Found("break.too-many", "an hour", words)
        if len(memory) == 1:
            return
        last, length = memory[-2]
        apart = abs(seen.at - last)
        if apart < seen.policy.breaks.gap:
            words = f"{given.rule} gives a break sooner after the last than the gap allows."
            yield Found("break.gap", given.rule, words)
        elif apart < length:
            words = (
                f"A break of {length // MINUTE} minutes, and {given.rule} gives the next before "
                "it is over: breaks.gap_minutes is shorter than a break."
            )
            yield Found("break.overlap", "breaks.gap_minutes", words)

    def key(self, memory: Any, now: int) -> Hashable:
        """Ages up to an hour, and a moment more for events that lie back."""
        return tuple((now - at, length) for at, length in memory if now - at < 2 * HOUR)


class Proportion(Watch):
    """A break for long learning is shorter than the learning."""

    def found(self, _memory: Any, seen: Seen) -> Iterator[Found]:
        """Where it is not."""
        given = break_of(seen)
        if given is None or given.rule != _FOR_LEARNING:
            return
        minutes, worked = given.parameters["duration_minutes"], given.evidence["observed"]
        if minutes > worked:
            words = f"A break of {minutes} minutes after {worked:g} minutes of learning."
            yield Found("break.outweighs", given.rule, words)


class Withheld(Watch):
    """Nobody learns for too long without a break.

    Learning is counted as the orchestrator counts it, but by a rest of the check's own: a policy
    whose pause is too short sees none of it.
    """

    begins = Session()

    def __init__(self, limits: Limits) -> None:
        self._longest, self._rest = limits.learning, limits.rest

    def after(self, memory: Any, seen: Seen) -> Any:
        """The stretch of learning; a break begins a new one."""
        session: Session = memory
        event = seen.event
        if isinstance(event, LEARNING):
            minutes = event.data.session_duration if type(event) is CourseworkAnalyzed else None
            worked = None if minutes is None else round(minutes * MINUTE)
            session = after_activity(session, seen.at, worked, self._rest)
        return session if break_of(seen) is None else after_break(session, seen.at)

    def found(self, memory: Any, seen: Seen) -> Iterator[Found]:
        """A learning event after so much learning that brings no break."""
        session: Session = memory
        too_long = session.worked >= self._longest and session.last_activity_at == seen.at
        if too_long and isinstance(seen.event, LEARNING) and break_of(seen) is None:
            words = (
                f"{session.worked // MINUTE} minutes of learning, never {self._rest // MINUTE} "
                "minutes without activity, and no break."
            )
            yield Found("break.withheld", _FOR_LEARNING, words)

    def key(self, memory: Any, now: int) -> Hashable:
        """How long the stretch is, and how long ago its last activity."""
        session: Session = memory
        if session.last_activity_at is None:
            return None
        worked = min(session.worked - session.elapsed, self._longest)
        idle = min(now - session.last_activity_at, self._rest + _LONGEST_REPORT)
        return worked, session.elapsed, idle
