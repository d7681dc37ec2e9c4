"""What the level rules wait for."""

from orchestrator.core.events import EventType
from orchestrator.core.levels import Level, is_above, one_down, one_up
from orchestrator.core.rules.level import BaselineNumbers
from orchestrator.core.why.assessments import mean_at_least, mean_at_most
from orchestrator.core.why.ways import Comparison, Found, Now, Obstacle, Way, number

_PERFORMANCE = {
    EventType.COURSEWORK_ANALYZED: ("data.performance_metrics.accuracy", "coursework"),
    EventType.LEARNER_PROGRESS: ("data.performance_score", "a performance"),
}
_LOWEST = Obstacle(f"The learner's level is {Level.BEGINNER} already, and nothing is easier.")
_HIGHEST = Obstacle(f"The learner's level is {Level.ADVANCED} already, and nothing is harder.")


def baseline(now: Now) -> Found:
    """A score that stands for another level than the learner's."""
    least = _least_scores(now.policy.level.baseline)
    harder = one_up(now.state.level)
    lowest = least[now.state.level]
    ways = []
    if lowest > 0:
        ways.append(_first_assessment(Comparison.BELOW, lowest, f"below {number(lowest)}"))
    if harder is not None:
        score = least[harder]
        ways.append(_first_assessment(Comparison.AT_LEAST, score, f"of {number(score)} or better"))
    return tuple(ways) or Obstacle("Every first assessment stands for the level that it is at.")


def _least_scores(numbers: BaselineNumbers) -> dict[Level, float]:
    return {
        Level.BEGINNER: 0.0,
        Level.EASY: numbers.easy,
        Level.MODERATE: numbers.moderate,
        Level.CHALLENGING: numbers.challenging,
        Level.ADVANCED: numbers.advanced,
    }


def _first_assessment(comparison: Comparison, value: float, words: str) -> Way:
    return Way(
        event=EventType.BASELINE_COMPLETE,
        field="data.overall_score",
        comparison=comparison,
        value=value,
        words=f"a first assessment {words}",
    )


def slp(now: Now) -> Found:
    """A low communication score, unless there is nothing easier."""
    if now.state.level is Level.BEGINNER:
        return _LOWEST
    below = now.policy.level.slp.below
    return (
        Way(
            event=EventType.SLP_UPDATED,
            field="data.communication_score",
            comparison=Comparison.BELOW,
            value=below,
            words=f"a speech and language profile with a communication score below {number(below)}",
        ),
    )


def down_performance(now: Now) -> Found:
    """One poor performance, or assessments that bring their mean down."""
    if one_down(now.state.level) is None:
        return _LOWEST
    most = now.policy.level.down.performance
    pieces = _pieces(Comparison.AT_MOST, most, "or less")
    return (*pieces, *mean_at_most(now, most))


def up_performance(now: Now) -> Found:
    """One strong performance, or assessments that bring their mean up."""
    if one_up(now.state.level) is None:
        return _HIGHEST
    least = now.policy.level.up.performance
    coursework, progress = _pieces(Comparison.AT_LEAST, least, "or better")
    if _is_down_due(now):  # it comes first, unless right answers end the wrong ones in a row
        return (coursework,)
    return (coursework, progress, *mean_at_least(now, least))


def _pieces(comparison: Comparison, value: float, words: str) -> list[Way]:
    return [
        Way(
            event=event,
            field=field,
            comparison=comparison,
            value=value,
            words=f"{what} of {number(value)} {words}",
        )
        for event, (field, what) in _PERFORMANCE.items()
    ]


def down_streak(now: Now) -> Found:
    """More wrong answers."""
    if one_down(now.state.level) is None:
        return _LOWEST
    return _answers(now.state.incorrect_streak, now.policy.level.down.streak, right=False)


def up_streak(now: Now) -> Found:
    """More right answers."""
    if one_up(now.state.level) is None:
        return _HIGHEST
    return _answers(now.state.correct_streak, now.policy.level.up.streak, right=True)


def _answers(streak: int, enough: int, *, right: bool) -> Found:
    missing = enough - streak
    if missing <= 0:  # another policy asked for more when they were given
        word = "right" if right else "wrong"
        words = f"the next progress: there were {streak} {word} answers in a row"
        field = "data.performance_score"
        return (Way(event=EventType.LEARNER_PROGRESS, field=field, words=words),)
    answers = "answer" if missing == 1 else "answers"
    word = "correct" if right else "incorrect"
    return (
        Way(
            event=EventType.COURSEWORK_ANALYZED,
            field="data.answers",
            comparison=Comparison.EQUALS,
            value=right,
            times=missing,
            observed=streak,
            threshold=enough,
            words=f"{missing} more {word} {answers}{' in a row' if missing > 1 else ''}",
        ),
    )


def _is_down_due(now: Now) -> bool:
    down_possible = one_down(now.state.level) is not None
    return down_possible and now.state.incorrect_streak >= now.policy.level.down.streak


def engagement_low(now: Now) -> Found:
    """A report of fading interest, where there is something easier."""
    if not is_above(now.state.level, Level.EASY):
        return Obstacle(f"The learner's level is {now.state.level}, and easy work is no relief.")
    words = "a report that the learner is losing interest"
    return (Way(event=EventType.ENGAGEMENT_LOW, words=words),)
