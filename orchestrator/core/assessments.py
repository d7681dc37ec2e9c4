"""The assessments that count: the latest few by event time, none much older than the newest."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from orchestrator.core.numbers import Days, Numbers

PLACES = 9
"""A mean is rounded to this many decimals, so that three times .35 is .35 and not a hair less."""


class AssessmentNumbers(Numbers, frozen=True):
    """The `assessments` section of the policy."""

    kept: Annotated[int, Meta(ge=1, le=8)]
    within: Days


class Assessment(Struct, frozen=True, array_like=True, gc=False):
    """A score 0..1 and its event time in microseconds."""

    at: int
    score: float


def with_assessment(
    kept: Sequence[Assessment], new: Assessment, numbers: AssessmentNumbers
) -> tuple[Assessment, ...]:
    """The kept ones, oldest first, after one more; of equal times the later to arrive stays."""
    if not kept or kept[-1].at <= new.at:
        latest = (*kept, new)[-numbers.kept :]
    else:
        place = bisect_right(kept, new.at, key=_time)
        latest = (*kept[:place], new, *kept[place:])[-numbers.kept :]
    oldest = latest[-1].at - numbers.within
    if latest[0].at >= oldest:
        return latest
    return tuple(one for one in latest if one.at >= oldest)


def mean_score(kept: Sequence[Assessment]) -> float:
    """The mean of at least one score, 0..1."""
    total = 0.0
    for one in kept:  # sum() adds otherwise, and by the version of Python
        total += one.score
    return round(total / len(kept), PLACES)


def _time(assessment: Assessment) -> int:
    return assessment.at
