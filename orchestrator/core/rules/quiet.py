"""The first look at an event of a step: most call for nothing, and asking every rule takes longer.

The rules themselves are the reference. This says no more than they do, in one function instead of
seven, and tests/properties/test_quiet.py holds the one against the other. A rule that is not named
in SEEN_THROUGH is asked of every event that it looks at, whatever is said here.
"""

from collections.abc import Iterable

from orchestrator.core.case import Case, Rule
from orchestrator.core.events import CourseworkAnalyzed

SEEN_THROUGH = frozenset(
    {
        "level.down.performance",
        "level.down.streak",
        "level.up.performance",
        "level.up.streak",
        "path.coursework",
        "break.engagement",
        "break.session",
    }
)
"""The rules, by id, of which calls_for_nothing knows when they are silent."""


def sees_through(rules: Iterable[Rule]) -> bool:
    """Whether calls_for_nothing can speak for all of these rules."""
    return all(rule.id in SEEN_THROUGH for rule in rules)


def calls_for_nothing(case: Case) -> bool:
    """Whether every rule of SEEN_THROUGH is silent; if False, one may fire or not."""
    policy, state, performance = case.policy, case.state, case.performance
    if performance is not None:
        down, up = policy.level.down, policy.level.up
        if not down.performance < performance < up.performance:
            return False
        if state.incorrect_streak >= down.streak or state.correct_streak >= up.streak:
            return False
    breaks, engagement = policy.breaks, case.engagement
    if engagement is not None and engagement < breaks.engagement.below:
        return False
    if state.session.worked >= breaks.session.after:
        return False
    event = case.event
    return type(event) is not CourseworkAnalyzed or not event.data.learning_gaps
