"""How each side's actions agree with what a person said should have been given."""

from collections.abc import Iterable

from msgspec import Struct, field

from orchestrator.comparison.cells import TYPES
from orchestrator.core.actions import Action, ActionType
from orchestrator.core.ids import EventId

TRUE_POSITIVE, FALSE_POSITIVE, FALSE_NEGATIVE, TRUE_NEGATIVE = range(4)


def label_key(learner: bytes, event: str) -> bytes:
    """Whose event a label is of: the learner's Kafka key, which has no line break, and the id."""
    return learner + b"\n" + event.encode()


class LabelTally(Struct):
    """Labels by label_key and type of action, as long as their event has not come; and scores.

    `base` and `candidate`: a row of four a type. A label counts once, at the first event that is
    it: a repeat of an event is another chance for nobody.
    """

    awaited: dict[bytes, dict[ActionType, bool]] = field(default_factory=dict)
    base: list[int] = field(default_factory=lambda: [0] * (4 * len(TYPES)))
    candidate: list[int] = field(default_factory=lambda: [0] * (4 * len(TYPES)))

    def watched(self) -> frozenset[EventId]:
        """The ids of the events that are awaited, whosever they are."""
        return frozenset(EventId(key.split(b"\n", 1)[1].decode()) for key in self.awaited)

    def take(
        self, learner: bytes, event: str, base: Iterable[Action], candidate: Iterable[Action]
    ) -> None:
        """Score an event that is perhaps labelled."""
        wanted = self.awaited.pop(label_key(learner, event), None)
        if wanted is not None:
            _score(self.base, wanted, base)
            _score(self.candidate, wanted, candidate)

    def merge(self, other: "LabelTally") -> None:
        """Take in the scores of other learners; both began with the same labels."""
        self.awaited = {key: self.awaited[key] for key in self.awaited.keys() & other.awaited}
        self.base = [mine + theirs for mine, theirs in zip(self.base, other.base, strict=True)]
        self.candidate = [
            mine + theirs for mine, theirs in zip(self.candidate, other.candidate, strict=True)
        ]


def _score(scores: list[int], wanted: dict[ActionType, bool], given: Iterable[Action]) -> None:
    types = {action.type for action in given}
    for kind, is_wanted in wanted.items():
        if kind in types:
            column = TRUE_POSITIVE if is_wanted else FALSE_POSITIVE
        else:
            column = FALSE_NEGATIVE if is_wanted else TRUE_NEGATIVE
        scores[4 * TYPES.index(kind) + column] += 1
