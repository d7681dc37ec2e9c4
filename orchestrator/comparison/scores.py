"""Precision, recall and F1 of each side against the labels."""

from collections.abc import Iterator, Sequence

from orchestrator.comparison.cells import TYPES
from orchestrator.comparison.label_tally import (
    FALSE_NEGATIVE,
    FALSE_POSITIVE,
    TRUE_NEGATIVE,
    TRUE_POSITIVE,
    LabelTally,
)
from orchestrator.comparison.summary import Labelled, Score

RULE = (
    "A label names an event and a type of action. A side meets it if it gives an action of that "
    "type on this very event, by whatever rule; one that is given at a neighbouring event is none. "
    "Labels whose event was not evaluated count for neither side."
)


def labelled(labels: LabelTally) -> Labelled | None:
    """How both sides agree with the labels; None where there were none."""
    evaluated = sum(labels.base)
    given = evaluated + sum(len(wanted) for wanted in labels.awaited.values())
    if not given:
        return None
    base, candidate = tuple(_scores(labels.base)), tuple(_scores(labels.candidate))
    return Labelled(given, evaluated, RULE, base, candidate)


def _scores(counts: Sequence[int]) -> Iterator[Score]:
    """Yield the scores of the types that have labels."""
    for kind, name in enumerate(TYPES):
        row = counts[4 * kind : 4 * kind + 4]
        if any(row):
            hits, false, missed = row[TRUE_POSITIVE], row[FALSE_POSITIVE], row[FALSE_NEGATIVE]
            yield Score(
                type=name,
                true_positives=hits,
                false_positives=false,
                false_negatives=missed,
                true_negatives=row[TRUE_NEGATIVE],
                precision=_ratio(hits, hits + false),
                recall=_ratio(hits, hits + missed),
                f1=_ratio(2 * hits, 2 * hits + false + missed),
            )


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
