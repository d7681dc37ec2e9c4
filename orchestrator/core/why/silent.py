"""Why the other rules stayed silent on an event: the least change of it that would have fired each.

Found by deciding the event again with one thing changed, so that what is said holds: with the named
change the rule gives its action, with any smaller change of that thing it does not.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from orchestrator.core.actions import ActionType
from orchestrator.core.case import Rule
from orchestrator.core.decide import DecisionOutcome, Position, decide
from orchestrator.core.events import Event
from orchestrator.core.ids import EventId
from orchestrator.core.policy import Policy
from orchestrator.core.state import LearnerState, new_learner
from orchestrator.core.times import MINUTE, micros
from orchestrator.core.why.table import waiting
from orchestrator.core.why.variations import Scale, Step, may_be_repeated, scales, steps
from orchestrator.core.why.ways import minutes, number

MOST_REPEATS = 8


class Change(Struct, frozen=True, kw_only=True):
    """What would have been enough: this `field` (a dotted path) at `needed` instead of `observed`.

    Of `timestamp` these are minutes later than it was, of answers how many there are, and of
    `event` how many such events there are.
    """

    field: str
    observed: Any
    needed: Any
    words: str


class Silent(Struct, frozen=True):
    """A rule that was asked and gave nothing. Any one of `changes` would have been enough.

    `overtaken_by`: a rule before it gave the same type of action, or this one would have.
    `words`: all of it in a sentence.
    """

    rule: str
    action: ActionType
    changes: tuple[Change, ...]
    words: str
    overtaken_by: str | None = None


class Past(NamedTuple):
    """One decision of the past: what it was made on."""

    before: LearnerState | None
    event: Event
    position: Position
    policy: Policy

    def fires(self, event: Event, policy: Policy | None = None) -> frozenset[str]:
        """The rules that give an action on another event in its place."""
        decision = decide(self.before, event, self.position, policy or self.policy)
        return frozenset(action.rule for action in decision.actions)


def silent_rules(past: Past) -> tuple[Silent, ...]:
    """The rules that look at events of the type and gave nothing, in their order.

    None at all of an event that was a duplicate or late: no rule was asked.
    """
    decision = decide(past.before, past.event, past.position, past.policy)
    if decision.outcome is not DecisionOutcome.DECIDED:
        return ()
    gave = {action.type: action.rule for action in decision.actions}
    quiet = [r for r in _asked(past) if r.id not in gave.values()]
    changes = _changes(past, {rule.id for rule in quiet})
    return tuple(_silent(past, rule, gave.get(rule.action), changes[rule.id]) for rule in quiet)


def _asked(past: Past) -> tuple[Rule, ...]:
    return past.policy.rules.get(type(past.event), ())


def _silent(past: Past, rule: Rule, first: str | None, changes: list[Change]) -> Silent:
    if first is not None and rule.id in past.fires(past.event, _without(past, first)):
        words = f"it would have asked for the same, and {first} comes first"
        return Silent(rule.id, rule.action, (), words, first)
    if changes:
        words = "; or ".join(change.words for change in changes)
        return Silent(rule.id, rule.action, tuple(changes), words)
    return Silent(rule.id, rule.action, (), _waits_for(past, rule))


def _without(past: Past, rule: str) -> Policy:
    kind = type(past.event)
    others = tuple(each for each in _asked(past) if each.id != rule)
    return replace(past.policy, rules={kind: others}, seen_through=frozenset[type[Event]]())


def _waits_for(past: Past, rule: Rule) -> str:
    """No single change was enough: what the rule waited for by then, all told."""
    state = past.before or new_learner(past.policy.level.start)
    present = replace(state, last_event_at=max(state.last_event_at, micros(past.event.timestamp)))
    found = next(each for each in waiting(present, past.policy) if each.rule == rule.id)
    alike = [way.words for way in found.ways if way.event == past.event.type]
    return "; or ".join(alike) or found.words


def _changes(past: Past, rules: set[str]) -> dict[str, list[Change]]:
    """For each rule the least change of each thing that fires it, if there is one."""
    found: dict[str, list[Change]] = {rule: [] for rule in rules}
    for step in steps(past.event, past.policy):
        for rule in past.fires(step.event) & rules:
            if step.field not in {change.field for change in found[rule]}:
                found[rule].append(_of_step(step))
    for scale in scales(past.event, past.policy):
        fired = [past.fires(scale.at(value)) & rules for value in scale.grid]
        for rule in frozenset().union(*fired):
            change = _on_scale(past, scale, [rule in each for each in fired], rule)
            found[rule] += [change] if change is not None else []
    if may_be_repeated(past.event):
        for rule, change in _repeated(past, {rule for rule in rules if not found[rule]}):
            found[rule].append(change)
    return found


def _of_step(step: Step) -> Change:
    return Change(field=step.field, observed=step.observed, needed=step.needed, words=step.words)


def _on_scale(past: Past, scale: Scale, fired: list[bool], rule: str) -> Change | None:
    """The nearest value that fires the rule, above or below."""
    start = _start(scale, fired)
    silent = scale.grid[start] if scale.now is None else scale.now
    ends = []
    for places in (range(start + 1, len(fired)), range(start, -1, -1)):
        last = silent
        for place in places:
            value = scale.grid[place]
            if fired[place]:
                ends.append(_narrowed(past, scale, rule, last, value))
                break
            last = value
    if not ends:
        return None
    quiet, enough = min(ends, key=lambda end: abs(end[1] - silent))
    return Change(
        field=scale.field,
        observed=scale.now,
        needed=enough,
        words=_words(scale, quiet, enough),
    )


def _start(scale: Scale, fired: list[bool]) -> int:
    """The last place of the grid up to where the event is; of what it does not say, one amid the
    longest stretch in which the rule is silent."""
    if scale.now is not None:
        return max((n for n, value in enumerate(scale.grid) if value <= scale.now), default=0)
    longest, begin = range(0), 0
    for place, fires in enumerate([*fired, True]):
        if fires:
            longest = max(longest, range(begin, place), key=len)
            begin = place + 1
    return longest[len(longest) // 2] if scale.field != "data.session_duration" else 0


def _narrowed(
    past: Past, scale: Scale, rule: str, quiet: float, enough: float
) -> tuple[float, float]:
    """The border between a value that is too little and one that is enough, `least` apart."""
    while abs(enough - quiet) > scale.least:
        middle = (quiet + enough) / 2
        if rule in past.fires(scale.at(middle)):
            enough = middle
        else:
            quiet = middle
    return quiet, enough


def _words(scale: Scale, quiet: float, enough: float) -> str:
    if scale.field == "timestamp":
        return f"{minutes(round(enough * MINUTE))} later"
    if scale.field == "data.session_duration":
        count, unit = minutes(round((enough - (scale.now or 0)) * MINUTE)).split()
        return f"{count} {'more ' if scale.now else ''}{unit} of work reported"
    # A border that does not count itself is told by the round number that it is.
    value = f"{'below' if enough < quiet else 'above'} {number(quiet)}"
    if len(number(enough)) <= len(number(quiet)):
        value = f"of {number(round(enough, 6))}"
    told = "" if scale.now is None else f" instead of {number(scale.now)}"
    return f"{scale.name} {value}{told}"


def _repeated(past: Past, rules: set[str]) -> Iterator[tuple[str, Change]]:
    """What more events like it, right after it, would have come to."""
    state, event = past.before, past.event
    partition, offset = past.position.partition, past.position.offset
    for times in range(MOST_REPEATS + 1):
        again = replace(event, id=EventId(f"{event.id[:100]}+{times}"))
        decision = decide(state, again, Position(partition, offset + times), past.policy)
        state = decision.state
        fired = {action.rule for action in decision.actions} & rules
        for rule in sorted(fired):
            words = f"{times} more like it, {'right ' if times == 1 else ''}after it"
            yield rule, Change(field="event", observed=1, needed=1 + times, words=words)
        rules = rules - fired
        if not rules:
            return
