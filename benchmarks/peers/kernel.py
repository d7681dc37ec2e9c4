"""The kernel as plain Python on dicts, for peers in environments of their own: see README.md."""

from typing import Any

CORRECT_FROM = 0.80
INCORRECT_TO = 0.40
RECENT_IDS = 8


def streaks_after(correct: int, incorrect: int, accuracy: float) -> tuple[int, int]:
    """Right and wrong pieces in a row after one of this accuracy; in between resets both."""
    if accuracy >= CORRECT_FROM:
        return correct + 1, 0
    return (0, incorrect + 1) if accuracy <= INCORRECT_TO else (0, 0)


def step(state: dict[str, Any] | None, event: dict[str, Any]) -> tuple[dict[str, Any] | None, Any]:
    """The learner's state after an event, and its action; None where there is none.

    `state` is None of a new learner, and None is returned where the state stays as it is: the event
    is one of the learner's recent ones.
    """
    before = state or {"correct": 0, "incorrect": 0, "recent": []}
    recent, data = before["recent"], event["data"]
    if event["id"] in recent:
        return None, None
    accuracy = data["performance_metrics"]["accuracy"]
    correct, incorrect = streaks_after(before["correct"], before["incorrect"], accuracy)
    after = {
        "correct": correct,
        "incorrect": incorrect,
        "recent": [*recent, event["id"]][-RECENT_IDS:],
    }
    return after, _action(event, correct, incorrect) if data.get("learning_gaps") else None


def _action(event: dict[str, Any], correct: int, incorrect: int) -> dict[str, Any]:
    return {
        "event_id": event["id"],
        "learner_id": event["learner_id"],
        "created_at": event["timestamp"],
        "topics": event["data"]["learning_gaps"],
        "correct": correct,
        "incorrect": incorrect,
    }
