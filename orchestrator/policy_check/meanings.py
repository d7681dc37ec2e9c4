"""What each number of the policy means: what it decides, for which rules, and which way it works.

A new number has to have its row here: a test holds the table against the policy's sections.
"""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple


class Works(Enum):
    """How a number is compared, and so what comes of a greater and of a smaller one."""

    AT_LEAST = ("fewer", "more")
    """Something happens from the number on."""
    UP_TO = ("more", "fewer")
    """Something happens at or below the number, or within a time of that length."""
    AFTER = ("later", "sooner")
    """Something happens after so much time, or so many in a row."""
    APART = ("farther apart", "closer together")
    """So long at least lies between one and the next."""
    RESTARTS = ("sooner", "later")
    """What is waited for is counted from 0 again after so long: so a longer time counts more."""
    LASTS = ("longer", "shorter")
    """How long something is, or is kept."""
    HOLDS = ("more", "less")
    """How much is taken or kept."""
    SURE = ("surer", "less sure")
    """How sure a suggestion says that it is; whether it is made does not depend on it."""
    RANKS = ("higher", "lower")
    """One of the levels, in their order."""

    def direction(self, *, raised: bool) -> str:
        """What comes of a number that was raised, or lowered."""
        return self.value[not raised]


class Meaning(NamedTuple):
    """A number in words.

    `says`: what it decides, with {new} and {old}. `effect`: what comes of a change, with {so} for
    the direction. `rules`: the ids of those that it touches.
    """

    says: str
    works: Works
    effect: str
    rules: tuple[str, ...] = ()


_STREAKS = ("level.down.streak", "level.up.streak")
_DOWN = ("level.down.performance", "level.down.streak")
_UP = ("level.up.performance", "level.up.streak")
_LEVELS = (
    "level.baseline",
    "level.slp",
    *_DOWN,
    *_UP,
    "level.engagement_low",
)
_BREAKS = ("break.sel", "break.engagement_low", "break.engagement", "break.session")


def _baseline(level: str) -> Meaning:
    return Meaning(
        f"A first assessment leads to {level} from {{new}} instead of {{old}} on",
        Works.AT_LEAST,
        f"{{so}} learners begin at {level}",
        ("level.baseline", "path.baseline"),
    )


def _confidence(what: str, *rules: str) -> Meaning:
    says = f"{what} is suggested with a confidence of {{new}} instead of {{old}}"
    return Meaning(says, Works.SURE, "the suggestion calls itself {so}", rules)


def _length(what: str, rule: str) -> Meaning:
    says = f"A break {what} is {{new}} long instead of {{old}}"
    return Meaning(says, Works.LASTS, "these breaks are {so}", (rule,))


MEANINGS: Mapping[str, Meaning] = {
    "event.lateness_limit_hours": Meaning(
        "An event is set aside as late {new} behind the last activity instead of {old}",
        Works.AFTER,
        "events are set aside {so}",
    ),
    "event.future_limit_minutes": Meaning(
        "An event is refused whose time lies more than {new} ahead of its arrival instead of {old}",
        Works.AT_LEAST,
        "{so} events are refused",
    ),
    "event.entry_bytes": Meaning(
        "An entry of a stream may have {new} instead of {old}", Works.HOLDS, "{so} is taken"
    ),
    "event.recent_ids": Meaning(
        "A repetition is known among a learner's latest {new} events instead of {old}",
        Works.UP_TO,
        "{so} repetitions are known",
    ),
    "event.slp_profile_bytes": Meaning(
        "A speech and language profile is kept up to {new} instead of {old}",
        Works.UP_TO,
        "{so} profiles are kept",
    ),
    "streaks.correct_from": Meaning(
        "A whole piece of coursework is a right answer from an accuracy of {new} instead of {old}",
        Works.AT_LEAST,
        "{so} pieces count as right",
        _STREAKS,
    ),
    "streaks.incorrect_to": Meaning(
        "A whole piece of coursework is a wrong answer up to an accuracy of {new} instead of {old}",
        Works.UP_TO,
        "{so} pieces count as wrong",
        _STREAKS,
    ),
    "session.pause_minutes": Meaning(
        "A stretch of learning ends after {new} without activity instead of {old}",
        Works.RESTARTS,
        "breaks for a long stretch come {so}",
        ("break.session",),
    ),
    "assessments.kept": Meaning(
        "Performance in assessments is the mean of the latest {new} instead of {old}",
        Works.AFTER,
        "a change of performance shows {so}",
        (*_DOWN, *_UP),
    ),
    "assessments.within_days": Meaning(
        "Assessments count up to {new} before the newest instead of {old}",
        Works.UP_TO,
        "{so} of them count together",
        (*_DOWN, *_UP),
    ),
    "level.start": Meaning(
        "A learner of whom nothing is known is at {new} instead of {old}",
        Works.RANKS,
        "new learners begin {so}",
        _LEVELS,
    ),
    "level.expires_hours": Meaning(
        "A level that could not be delivered is dropped after {new} instead of {old}",
        Works.LASTS,
        "suggestions wait {so} for a service that is away",
        _LEVELS,
    ),
    "level.baseline.advanced": _baseline("advanced"),
    "level.baseline.challenging": _baseline("challenging"),
    "level.baseline.moderate": _baseline("moderate"),
    "level.baseline.easy": _baseline("easy"),
    "level.baseline.confidence": _confidence("The level to start at", "level.baseline"),
    "level.slp.below": Meaning(
        "A communication score below {new} asks for an easier level instead of {old}",
        Works.UP_TO,
        "{so} learners get an easier level",
        ("level.slp",),
    ),
    "level.slp.confidence": _confidence("An easier level for communication", "level.slp"),
    "level.down.performance": Meaning(
        "One step down at a performance of {new} or less instead of {old}",
        Works.UP_TO,
        "{so} steps down",
        ("level.down.performance",),
    ),
    "level.down.streak": Meaning(
        "One step down after {new} wrong answers in a row instead of {old}",
        Works.AFTER,
        "steps down come {so}",
        ("level.down.streak",),
    ),
    "level.down.confidence": _confidence("One step down", *_DOWN),
    "level.up.performance": Meaning(
        "One step up at a performance of {new} or more instead of {old}",
        Works.AT_LEAST,
        "{so} steps up",
        ("level.up.performance",),
    ),
    "level.up.streak": Meaning(
        "One step up after {new} right answers in a row instead of {old}",
        Works.AFTER,
        "steps up come {so}",
        ("level.up.streak",),
    ),
    "level.up.confidence": _confidence("One step up", *_UP),
    "level.engagement_low.confidence": _confidence("Easy work for a while", "level.engagement_low"),
    "path.expires_hours": Meaning(
        "A learning path that could not be delivered is dropped after {new} instead of {old}",
        Works.LASTS,
        "paths wait {so} for a service that is away",
        ("path.baseline", "path.coursework"),
    ),
    "path.adjustments.strong_below": Meaning(
        "A path becomes much livelier at an engagement below {new} instead of {old}",
        Works.UP_TO,
        "{so} paths are much livelier",
        ("path.coursework",),
    ),
    "path.adjustments.moderate_below": Meaning(
        "A path becomes livelier at an engagement below {new} instead of {old}",
        Works.UP_TO,
        "{so} paths are livelier",
        ("path.coursework",),
    ),
    "sel.window_minutes": Meaning(
        "Alerts are counted together within {new} instead of {old}",
        Works.UP_TO,
        "{so} interventions for repeated alerts",
        ("sel.repeated", "break.sel"),
    ),
    "sel.repeated": Meaning(
        "Support comes with {new} alerts within the window instead of {old}",
        Works.AT_LEAST,
        "{so} interventions for repeated alerts",
        ("sel.repeated", "break.sel"),
    ),
    "sel.cooldown_minutes": Meaning(
        "Repeated alerts stay quiet for {new} after an intervention instead of {old}",
        Works.AT_LEAST,
        "{so} interventions for repeated alerts",
        ("sel.repeated", "break.sel"),
    ),
    "sel.kept_for_minutes": Meaning(
        "An alert is remembered for {new} instead of {old}",
        Works.LASTS,
        "alerts that arrive late find {so} what they are counted with",
        ("sel.repeated",),
    ),
    "sel.kept": Meaning(
        "The latest {new} alerts are remembered instead of {old}",
        Works.HOLDS,
        "{so} alerts can be counted together",
        ("sel.repeated",),
    ),
    "breaks.gap_minutes": Meaning(
        "At least {new} between two breaks instead of {old}",
        Works.APART,
        "breaks lie {so}",
        _BREAKS,
    ),
    "breaks.expires_minutes": Meaning(
        "A break that could not be delivered is dropped after {new} instead of {old}",
        Works.LASTS,
        "breaks wait {so} for a service that is away, or for an event that comes late",
        _BREAKS,
    ),
    "breaks.sel.minutes": _length("with support for feelings", "break.sel"),
    "breaks.engagement_low.minutes": _length("for fading interest", "break.engagement_low"),
    "breaks.engagement.below": Meaning(
        "A break at an engagement below {new} instead of {old}",
        Works.UP_TO,
        "{so} breaks",
        ("break.engagement",),
    ),
    "breaks.engagement.minutes": _length("for low engagement", "break.engagement"),
    "breaks.session.after_minutes": Meaning(
        "A break after {new} of learning instead of {old}",
        Works.AFTER,
        "breaks come {so}",
        ("break.session",),
    ),
    "breaks.session.minutes": _length("for a long stretch", "break.session"),
}
"""By the key in the policy's file; `name` is no number, and has none."""
