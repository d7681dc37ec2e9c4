"""Which of the known rules may fire on an event of a step, in one look at the numbers.

core/rules/quiet.py says whether all of them are silent; this says which are not, so that only those
are asked. What an action of one of them changes matters to none that comes after it in the table
and asks for another type: a level's change to no path or break, a path's to nothing.
"""

from orchestrator.core.case import Case, Rule
from orchestrator.core.events import CourseworkAnalyzed, Event
from orchestrator.core.levels import Level
from orchestrator.core.policy import Policy
from orchestrator.core.rules.breaks import BreakNumbers

DOWN, DOWN_STREAK, UP, UP_STREAK, GAPS, TIRED, LONG = (1 << number for number in range(7))
BREAKS = TIRED | LONG

BITS = {
    "level.down.performance": DOWN,
    "level.down.streak": DOWN_STREAK,
    "level.up.performance": UP,
    "level.up.streak": UP_STREAK,
    "path.coursework": GAPS,
    "break.engagement": TIRED,
    "break.session": LONG,
}
"""The rules that are known here. An event of whose rules one is not is decided the plain way."""

_SECTIONS = {"level": "level", "path": "path", "sel": "sel", "break": "breaks"}
"""The section of the policy that a rule looks at, by the first part of its id."""

_ALL = 1 << len(BITS)
KNOWN = _ALL - 1

_BOTTOM, *_, _TOP = Level

RulesByBits = tuple[tuple[Rule, ...], ...]


def may_fire(case: Case) -> int:
    """The bits of the rules that may fire; each other one of BITS is silent, whatever its turn."""
    policy, state, performance, bits = case.policy, case.state, case.performance, 0
    if performance is not None:
        down, up = policy.level.down, policy.level.up
        if performance <= down.performance:
            bits = DOWN
        elif performance >= up.performance:
            bits = UP
        if state.incorrect_streak >= down.streak:
            bits |= DOWN_STREAK
        if state.correct_streak >= up.streak:
            bits |= UP_STREAK
        if state.level is _TOP:
            bits &= ~(UP | UP_STREAK)
        elif state.level is _BOTTOM:
            bits &= ~(DOWN | DOWN_STREAK)
    event = case.event
    if type(event) is CourseworkAnalyzed and event.data.learning_gaps:
        bits |= GAPS
    worked = state.session.worked
    return bits | break_may_fire(policy.breaks, case, worked, state.last_break_at)


def break_may_fire(breaks: BreakNumbers, case: Case, worked: int, last: int | None) -> int:
    """As may_fire, of the breaks alone, of a learner at work so long and with this last break."""
    if last is not None and case.at - last < breaks.gap:
        return 0
    bits = LONG if worked >= breaks.session.after and not case.behind else 0
    engagement = case.engagement
    return bits | TIRED if engagement is not None and engagement < breaks.engagement.below else bits


def rules_by_bits(policy: Policy) -> dict[type[Event], RulesByBits]:
    """By type of event, of those whose rules are all known: the rules to ask, by bits."""
    return {
        kind: tuple(tuple(rule for rule in rules if BITS[rule.id] & bits) for bits in range(_ALL))
        for kind, rules in policy.rules.items()
        if kind in policy.seen_through and all(rule.id in BITS for rule in rules)
    }


def equal_rules(base: Policy, candidate: Policy) -> int:
    """The bits of the rules that are the same in both: their numbers and their words."""
    return sum(bit for rule, bit in BITS.items() if are_equal(base, candidate, rule))


def are_equal(base: Policy, candidate: Policy, rule: str) -> bool:
    """Whether a rule is the same in both: its numbers and its words."""
    return _section(base, rule) == _section(candidate, rule) and (
        base.messages.get(rule) == candidate.messages.get(rule)
    )


def _section(policy: Policy, rule: str) -> object:
    return getattr(policy, _SECTIONS[rule.partition(".")[0]])
