"""Right and wrong answers in a row."""

from collections.abc import Iterator, Sequence

from orchestrator.core.numbers import Numbers, Ratio


class StreakNumbers(Numbers, frozen=True):
    """The `streaks` section of the policy: which accuracy of a whole piece counts as one answer."""

    correct_from: Ratio
    incorrect_to: Ratio

    def impossible(self) -> Iterator[str]:
        """One accuracy cannot be both right and wrong."""
        if self.correct_from <= self.incorrect_to:
            yield "correct_from: must be above incorrect_to"


Streaks = tuple[int, int]
"""Right ones in a row, wrong ones in a row; at most one of the two is above 0."""


def after_answers(streaks: Streaks, answers: Sequence[bool]) -> Streaks:
    """The streaks after answers one by one, in their order."""
    correct, incorrect = streaks
    for is_correct in answers:
        correct, incorrect = (correct + 1, 0) if is_correct else (0, incorrect + 1)
    return correct, incorrect


def after_accuracy(streaks: Streaks, accuracy: float, numbers: StreakNumbers) -> Streaks:
    """The streaks after a piece of which only the accuracy is known; in between resets both."""
    correct, incorrect = streaks
    if accuracy >= numbers.correct_from:
        return correct + 1, 0
    return (0, incorrect + 1) if accuracy <= numbers.incorrect_to else (0, 0)
