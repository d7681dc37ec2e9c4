"""The small models: a few kinds of events each, their numbers taken from the policy's bounds."""

from collections.abc import Iterator
from math import ceil

from msgspec import Struct

from orchestrator.core.actions import ActionType
from orchestrator.core.events import (
    AssessmentComplete,
    CourseworkAnalyzed,
    EventType,
    LearnerProgress,
)
from orchestrator.core.policy import Policy
from orchestrator.core.times import MINUTE
from orchestrator.policy_check.essence import (
    Essence,
    of_assessments,
    of_breaks,
    of_feelings,
    of_levels,
)
from orchestrator.policy_check.limits import Limits
from orchestrator.policy_check.steps import (
    HAIR,
    TICK,
    Step,
    answered,
    around,
    coursework,
    distinct,
    step,
    waits,
)
from orchestrator.policy_check.watch_breaks import Proportion, Spacing, Withheld
from orchestrator.policy_check.watch_expiry import Expiry
from orchestrator.policy_check.watch_feelings import Silenced, Unanswered
from orchestrator.policy_check.watch_levels import BothWays, PingPong, TwoAtOnce
from orchestrator.policy_check.watches import Watch

LONGEST_PIECE = 100
"""Answers in a piece of coursework; a mixed one that would need more is left out."""

_LEVEL = frozenset({ActionType.LEVEL_SUGGESTED})
_STEERING = _LEVEL | {ActionType.LEARNING_PATH_UPDATE}
_CARING = frozenset({ActionType.SEL_INTERVENTION, ActionType.GAME_BREAK})


class Model(Struct, frozen=True):
    """What is searched together.

    `about`: the actions that its states tell apart; others may be given all the same, and are as
    true, but no state is searched again for their sake. `opening`: what may happen first, beside
    `steps`.
    """

    name: str
    about: frozenset[ActionType]
    steps: tuple[Step, ...]
    essence: Essence
    watches: tuple[Watch, ...]
    opening: tuple[Step, ...] = ()


def models(policy: Policy, limits: Limits) -> tuple[Model, ...]:
    """All of them; small ones first, so that the time that they leave goes to the large."""
    return (
        Model(
            "levels",
            _STEERING,
            (
                *_baselines(policy),
                *_wholes(policy),
                *_pieces(policy),
                *_progresses(policy),
                *_others(policy),
            ),
            of_levels(policy),
            (TwoAtOnce(), BothWays(), Expiry(limits)),
        ),
        *_alike(policy, limits),
        Model(
            "assessments",
            _LEVEL,
            (*_assessments(policy), *(_at_once(one) for one in _baselines(policy))),
            of_assessments,
            (TwoAtOnce(), BothWays(), Expiry(limits)),
        ),
        _feelings(policy, limits),
        _breaks(policy, limits),
    )


def _baselines(policy: Policy) -> list[Step]:
    """The first assessment at each bound, and just below the lowest."""
    numbers = policy.level.baseline
    bounds = [numbers.advanced, numbers.challenging, numbers.moderate, numbers.easy]
    scores = [*bounds, *(round(bound - HAIR, 9) for bound in bounds if bound >= HAIR)]
    return [step(EventType.BASELINE_COMPLETE, {"overall_score": one}) for one in distinct(scores)]


def _wholes(policy: Policy) -> list[Step]:
    """Coursework of which only the accuracy is known."""
    down, up, streaks = policy.level.down, policy.level.up, policy.streaks
    bounds = (down.performance, up.performance, streaks.correct_from, streaks.incorrect_to)
    return [coursework(accuracy) for accuracy in around(*bounds)]


def _pieces(policy: Policy) -> Iterator[Step]:
    """So many answers in a row: alone, in a middling piece, and in one that is good, or bad."""
    down, up = policy.level.down, policy.level.up
    middle = (down.performance + up.performance) / 2
    for streak, right, accuracies in (
        (down.streak, False, (0.0, middle, up.performance)),
        (up.streak, True, (1.0, middle, down.performance)),
    ):
        for accuracy in accuracies:
            share = accuracy if right else 1 - accuracy
            others = ceil(round(streak / share, 6)) - streak if share > 0 else LONGEST_PIECE
            if others + streak <= LONGEST_PIECE:
                yield answered(not right, others, streak)


def _progresses(policy: Policy) -> list[Step]:
    scores = around(policy.level.down.performance, policy.level.up.performance)
    return [step(EventType.LEARNER_PROGRESS, {"performance_score": one}) for one in scores]


def _others(policy: Policy) -> list[Step]:
    """What else moves a level, or a path."""
    scores = around(policy.level.slp.below)
    profiles = [step(EventType.SLP_UPDATED, {"communication_score": one}) for one in scores]
    gaps = coursework(policy.level.down.performance, learning_gaps=["fractions"])
    return [*profiles, step(EventType.ENGAGEMENT_LOW, {}), gaps]


def _assessments(policy: Policy) -> list[Step]:
    """At the bounds for a step, at either end; soon after the last, and when that is forgotten."""
    down, up = policy.level.down.performance, policy.level.up.performance
    scores = distinct(round(one, 9) for one in (down, up, down + HAIR, up - HAIR, 0.0, 1.0))
    return [
        step(EventType.ASSESSMENT_COMPLETE, {"score": score}, wait)
        for score in scores
        for wait in (MINUTE, policy.assessments.within + TICK)
    ]


def _at_once(one: Step) -> Step:
    """The same with no time in between, so that no ages differ but those of assessments."""
    return Step(one.event, 0)


def _alike(policy: Policy, limits: Limits) -> Iterator[Model]:
    """A model of each set of events of a type that are alike, from every level."""
    families = (
        (_wholes(policy), of_levels(policy)),
        (_progresses(policy), of_levels(policy)),
        ([one for one in _assessments(policy) if one.wait == MINUTE], of_assessments),
    )
    for steps, essence in families:
        for group in _groups(steps, limits.likeness):
            yield Model(
                "like events", _LEVEL, group, essence, (PingPong(),), tuple(_baselines(policy))
            )


def _groups(steps: list[Step], likeness: float) -> Iterator[tuple[Step, ...]]:
    """The largest sets whose ratios differ by no more than `likeness`."""
    ordered = sorted(steps, key=_ratio)
    reached = 0
    for first, one in enumerate(ordered):
        end = first
        while end < len(ordered) and _ratio(ordered[end]) - _ratio(one) <= likeness:
            end += 1
        if end > reached:  # else the set before holds all of it
            reached = end
            yield tuple(ordered[first:end])


def _ratio(one: Step) -> float:
    """What the event says of performance."""
    event = one.event
    if type(event) is CourseworkAnalyzed:
        return event.data.performance_metrics.accuracy
    if type(event) is AssessmentComplete:
        return event.data.score
    return event.data.performance_score or 0.0 if type(event) is LearnerProgress else 0.0


def _feelings(policy: Policy, limits: Limits) -> Model:
    numbers, back = policy.sel, MINUTE
    spans = waits(numbers.window, numbers.cooldown, policy.breaks.gap)
    alerts = [
        step(EventType.SEL_ALERT, {"alert_type": "anxiety", "severity": severity}, wait)
        for wait in distinct([MINUTE, 0, *spans, -back])
        for severity in ("medium", "high")
    ]
    return Model(
        "feelings",
        _CARING,
        (*alerts, step(EventType.LEARNER_PROGRESS, {"engagement_score": 1.0})),
        of_feelings(policy, back),
        (Unanswered(), Silenced(policy), Spacing(limits), Expiry(limits)),
    )


def _breaks(policy: Policy, limits: Limits) -> Model:
    numbers = policy.breaks
    back = numbers.expires + TICK
    spans = distinct(
        [
            MINUTE,
            numbers.gap,
            numbers.session.after,
            limits.rest - TICK,
            limits.learning,
            *waits(policy.session.pause),
            numbers.gap - TICK,
            0,
            numbers.session.after - TICK,
        ]
    )
    steps = [one for span in spans if span >= 0 for one in _activities(policy, span)]
    steps += [one for span in (-numbers.expires, -back) for one in _activities(policy, span)]
    return Model(
        "breaks",
        frozenset({ActionType.GAME_BREAK}),
        tuple(steps),
        of_breaks(policy, back),
        (Spacing(limits), Proportion(), Withheld(limits), Expiry(limits)),
    )


def _activities(policy: Policy, wait: int) -> Iterator[Step]:
    """What leads to breaks; a stretch of work that is reported began at the event before."""
    below = policy.breaks.engagement.below
    yield step(EventType.ENGAGEMENT_LOW, {}, wait)
    yield step(EventType.LEARNER_PROGRESS, {"engagement_score": below}, wait)
    if below >= HAIR:
        bored = {"engagement_score": round(below - HAIR, 9)}
        yield step(EventType.LEARNER_PROGRESS, bored, wait)
    yield step(EventType.SEL_ALERT, {"alert_type": "anxiety", "severity": "high"}, wait)
    if 0 < wait <= 600 * MINUTE:
        yield coursework(0.6, wait, session_duration=wait / MINUTE)
