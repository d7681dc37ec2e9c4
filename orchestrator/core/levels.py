"""The five levels of difficulty, in order."""

from enum import StrEnum


class Level(StrEnum):
    """A learner's level; lower case on the wire, read in any case."""

    BEGINNER = "beginner"
    EASY = "easy"
    MODERATE = "moderate"
    CHALLENGING = "challenging"
    ADVANCED = "advanced"

    @classmethod
    def _missing_(cls, value: object) -> "Level | None":
        return next((level for level in cls if level == str(value).lower()), None)


_ORDER = tuple(Level)
_RANK = {level: rank for rank, level in enumerate(_ORDER)}


def is_above(level: Level, other: Level) -> bool:
    """Whether `level` is the harder of the two."""
    return _RANK[level] > _RANK[other]


def one_up(level: Level) -> Level | None:
    """The next harder level, or None at the top."""
    return None if level is Level.ADVANCED else _ORDER[_RANK[level] + 1]


def one_down(level: Level) -> Level | None:
    """The next easier level, or None at the bottom."""
    return None if level is Level.BEGINNER else _ORDER[_RANK[level] - 1]
