"""When a learner should go on at another level."""

from collections.abc import Iterator

from orchestrator.core.case import Case, Verdict
from orchestrator.core.events import EngagementLow
from orchestrator.core.levels import Level, is_above, one_down, one_up
from orchestrator.core.numbers import Count, Hours, Numbers, Ratio


class BaselineNumbers(Numbers, frozen=True):
    """`level.baseline`: the least score, inclusive, for each level; below the last is beginner."""

    advanced: Ratio
    challenging: Ratio
    moderate: Ratio
    easy: Ratio
    confidence: Ratio

    def impossible(self) -> Iterator[str]:
        """A harder level needs a higher score."""
        if not self.advanced > self.challenging > self.moderate > self.easy:
            yield "easy: advanced, challenging, moderate and easy must descend"


class SlpNumbers(Numbers, frozen=True):
    """`level.slp`: a communication score below this asks for an easier level."""

    below: Ratio
    confidence: Ratio


class StepNumbers(Numbers, frozen=True):
    """One step, by performance (inclusive) or by answers in a row."""

    performance: Ratio
    streak: Count
    confidence: Ratio


class RestNumbers(Numbers, frozen=True):
    """`level.engagement_low`."""

    confidence: Ratio


class LevelNumbers(Numbers, frozen=True):
    """The `level` section of the policy. `expires`: from the arrival of the event."""

    start: Level
    expires: Hours
    baseline: BaselineNumbers
    slp: SlpNumbers
    down: StepNumbers
    up: StepNumbers
    engagement_low: RestNumbers

    def impossible(self) -> Iterator[str]:
        """One performance cannot ask for both directions."""
        if self.up.performance <= self.down.performance:
            yield "up.performance: must be above down.performance"


def baseline(case: Case) -> Verdict:
    """The level that the first assessment's score stands for."""
    numbers, score = case.policy.level.baseline, case.event.data.overall_score
    for level, least in (
        (Level.ADVANCED, numbers.advanced),
        (Level.CHALLENGING, numbers.challenging),
        (Level.MODERATE, numbers.moderate),
        (Level.EASY, numbers.easy),
    ):
        if score >= least:
            return _move(case, level, score, least, numbers.confidence)
    return _move(case, Level.BEGINNER, score, 0.0, numbers.confidence)


def slp(case: Case) -> Verdict:
    """Down to easy, or from easy to beginner, if communication is hard for the learner."""
    numbers, score = case.policy.level.slp, case.event.communication_score
    if score is None or score >= numbers.below:
        return Verdict(False, score, numbers.below)
    target = Level.EASY if is_above(case.state.level, Level.EASY) else Level.BEGINNER
    return _move(case, target, score, numbers.below, numbers.confidence)


def down_performance(case: Case) -> Verdict:
    """One step down after a poor performance."""
    numbers, performance = case.policy.level.down, case.performance
    if performance is None or performance > numbers.performance:
        return Verdict(False, performance, numbers.performance)
    target = one_down(case.state.level)
    return _move(case, target, performance, numbers.performance, numbers.confidence)


def down_streak(case: Case) -> Verdict:
    """One step down after wrong answers in a row."""
    numbers, streak = case.policy.level.down, case.state.incorrect_streak
    if case.performance is None or streak < numbers.streak:
        return Verdict(False, streak, numbers.streak)
    return _move(case, one_down(case.state.level), streak, numbers.streak, numbers.confidence)


def up_performance(case: Case) -> Verdict:
    """One step up after a strong performance."""
    numbers, performance = case.policy.level.up, case.performance
    if performance is None or performance < numbers.performance:
        return Verdict(False, performance, numbers.performance)
    target = one_up(case.state.level)
    return _move(case, target, performance, numbers.performance, numbers.confidence)


def up_streak(case: Case) -> Verdict:
    """One step up after right answers in a row."""
    numbers, streak = case.policy.level.up, case.state.correct_streak
    if case.performance is None or streak < numbers.streak:
        return Verdict(False, streak, numbers.streak)
    return _move(case, one_up(case.state.level), streak, numbers.streak, numbers.confidence)


def engagement_low(case: Case) -> Verdict:
    """Something easy for a while; the learner's own level stays."""
    event: EngagementLow = case.event
    target = Level.EASY if is_above(case.state.level, Level.EASY) else None
    confidence = case.policy.level.engagement_low.confidence
    return _move(case, target, event.data.engagement_score, None, confidence, temporary=True)


def _move(
    case: Case,
    target: Level | None,
    observed: float | None,
    threshold: float | None,
    confidence: float,
    *,
    temporary: bool = False,
) -> Verdict:
    """A suggestion of `target`; silent if there is none, or it is the learner's level already."""
    level = case.state.level
    if target is None or target is level:
        return Verdict(False, observed, threshold)
    parameters = {
        "current_level": level.value,
        "suggested_level": target.value,
        "temporary": temporary,
    }
    return Verdict(True, observed, threshold, confidence, parameters)
