"""One sitting at the tablet: what a learner's services report while it lasts, and at its end."""

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

from orchestrator.core.events import EventType
from orchestrator.embedded.classroom.learner import Learner, ratio

TIRED = 0.30
"""Engagement below this is a drop that the services notice."""


class Moment(NamedTuple):
    """Something that is reported `minute` minutes after the session began."""

    minute: float
    type: EventType
    data: dict[str, Any]


def session(learner: Learner, rng: Random) -> Iterator[Moment]:
    """Yield a session's moments in order; 12 to 45 minutes. The learner comes out changed."""
    length = rng.uniform(12, 45)
    engagement = ratio(rng.gauss(learner.liveliness, 0.10))
    minute = 0.0
    while (stretch := round(rng.uniform(3.5, 8.5), 1)) + minute < length:
        minute += stretch
        lesson = coursework(learner, engagement, stretch, rng)
        yield Moment(minute, EventType.COURSEWORK_ANALYZED, lesson)
        yield from _feelings(learner, minute, engagement, rng)
        engagement = _tire_or_recover(engagement, rng)
    yield from _closing(learner, minute, engagement, rng)
    learner.learn(rng)


def coursework(learner: Learner, engagement: float, minutes: float, rng: Random) -> dict[str, Any]:
    """Return the data of a stretch of work: the more tired, the more mistakes."""
    chance = min(1.0, max(0.0, learner.ability + 0.25 * (engagement - 0.6) + rng.gauss(0, 0.08)))
    answers = [rng.random() < chance for _ in range(rng.randint(3, 8))]
    accuracy = sum(answers) / len(answers)
    data: dict[str, Any] = {
        "performance_metrics": {
            "accuracy": round(accuracy, 3),
            "engagement": engagement,
            "time_efficiency": ratio(rng.gauss(0.7, 0.1)),
        },
        "session_duration": minutes,
        "learning_gaps": [rng.choice(learner.challenges)] if accuracy < 0.5 else [],
        "mastery_areas": [rng.choice(learner.strengths)] if accuracy > 0.9 else [],
    }
    if rng.random() < 0.4:
        data["answers"] = answers
    return data


def alert(kind: str, rng: Random) -> dict[str, Any]:
    """Return the data of an emotional alert."""
    severity = rng.choices(("low", "medium", "high"), (5, 4, 1))[0]
    return {"alert_type": kind, "severity": severity}


def _feelings(learner: Learner, minute: float, engagement: float, rng: Random) -> Iterator[Moment]:
    """Yield what else is noticed after a stretch: a drop of attention, an emotion."""
    if engagement < TIRED and rng.random() < 0.5:
        low = {"engagement_score": engagement}
        yield Moment(minute + 0.3, EventType.ENGAGEMENT_LOW, low)
    if engagement < TIRED and rng.random() < 0.15:
        yield Moment(minute + 0.6, EventType.SEL_ALERT, alert("attention", rng))
    if rng.random() < learner.worry:
        kind = rng.choice(("anxiety", "anxiety", "frustration", "confidence"))
        yield Moment(minute + 0.9, EventType.SEL_ALERT, alert(kind, rng))


def _tire_or_recover(engagement: float, rng: Random) -> float:
    change = rng.uniform(0.2, 0.4) if engagement < TIRED else -rng.uniform(0, 0.12)
    return ratio(engagement + change)


def _closing(learner: Learner, minute: float, engagement: float, rng: Random) -> Iterator[Moment]:
    """Yield what is reported when the session is over."""
    if rng.random() < 0.5:
        progress: dict[str, Any] = {"engagement_score": engagement}
        if rng.random() < 0.7:
            progress["performance_score"] = ratio(rng.gauss(learner.ability, 0.08))
        yield Moment(minute + 1.5, EventType.LEARNER_PROGRESS, progress)
    if rng.random() < 0.25:
        score = ratio(rng.gauss(learner.ability, 0.1))
        quiz = {
            "score": score,
            "percentile": round(100 * score, 1),
            "assessment_type": rng.choice(("quiz", "unit", "oral")),
        }
        yield Moment(minute + 3.0, EventType.ASSESSMENT_COMPLETE, quiz)
