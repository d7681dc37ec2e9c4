"""Right and wrong answers in a row."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from orchestrator.core.numbers import Numbers, Ratio


class StreakNumbers(Numbers, frozen=True):
    """The `streaks` section of the policy: which accuracy of a whole piece counts as one answer."""

    correct_from: Ratio
    incorrect_to: Ratio

    def impossible(self) -> Iterator[str]:
        """One accuracy cannot be both right and wrong."""
        if self.correct_from <= self.incorrect_to:
            yield "correct_from: must be above incorrect_to"


class Streaks(NamedTuple):
    """How many in a row; at most one of the two is above 0."""

    correct: int
    incorrect: int


def after_answers(streaks: Streaks, answers: Sequence[bool]) -> Streaks:
    """The streaks after answers one by one, in their order."""
    for is_correct in answers:
        streaks = _after(streaks, is_correct=is_correct)
    return streaks


def after_accuracy(streaks: Streaks, accuracy: float, numbers: StreakNumbers) -> Streaks:
    """The streaks after a piece of which only the accuracy is known; in between resets both."""
    if numbers.incorrect_to < accuracy < numbers.correct_from:
        return Streaks(0, 0)
    return _after(streaks, is_correct=accuracy >= numbers.correct_from)


def _after(streaks: Streaks, *, is_correct: bool) -> Streaks:
    return Streaks(streaks.correct + 1, 0) if is_correct else Streaks(0, streaks.incorrect + 1)
