"""How many assessments of which score bring the mean of those that count to where it moves a level.

A new one takes the place of the oldest, so the score that it needs depends on those that stay.
Where one cannot do it, more in a row can: the fewest are named, each with the same score.
"""

from collections.abc import Callable, Iterator
from math import ceil, floor

from orchestrator.core.assessments import Assessment
from orchestrator.core.events import EventType
from orchestrator.core.times import DAY
from orchestrator.core.why.ways import Comparison, Now, Way, clock_before, number

STEPS = 1_000_000
"""A score is named to so many parts of 1: fine enough, and none of them is off by a rounding."""


def mean_at_least(now: Now, least: float) -> Iterator[Way]:
    """The fewest assessments, each with the least score, that bring the mean to `least`."""
    return _ways(now, least, Comparison.AT_LEAST, _up, "or better")


def mean_at_most(now: Now, most: float) -> Iterator[Way]:
    """The fewest assessments, each with the greatest score, that bring the mean to `most`."""
    return _ways(now, most, Comparison.AT_MOST, _down, "or less")


def _ways(
    now: Now,
    mean: float,
    comparison: Comparison,
    rounded: Callable[[float, int], float],
    words: str,
) -> Iterator[Way]:
    kept = _kept_by_now(now)
    for times in range(1, now.policy.assessments.kept + 1):
        staying = kept[max(0, len(kept) + times - now.policy.assessments.kept) :]
        count = len(staying) + times
        score = (mean * count - sum(one.score for one in staying)) / times
        exact = rounded(score, STEPS)
        if exact <= 1 if comparison is Comparison.AT_LEAST else exact >= 0:
            shown = _ratio(rounded(score, 100))
            yield Way(
                event=EventType.ASSESSMENT_COMPLETE,
                field="data.score",
                comparison=comparison,
                value=_ratio(exact),
                times=times,
                not_after=_until(now, staying),
                words=_words(times, f"{number(shown)} {words}", now, staying),
            )
            return


def _kept_by_now(now: Now) -> tuple[Assessment, ...]:
    """Those that an assessment of now would be counted with."""
    oldest = now.state.last_event_at - now.policy.assessments.within
    return tuple(one for one in now.state.assessments if one.at >= oldest)


def _until(now: Now, staying: tuple[Assessment, ...]) -> int | None:
    """Until when those that stay count."""
    return staying[0].at + now.policy.assessments.within if staying else None


def _words(times: int, score: str, now: Now, staying: tuple[Assessment, ...]) -> str:
    what = f"an assessment of {score}" if times == 1 else f"{times} assessments in a row of {score}"
    until = _until(now, staying)
    soon = until is not None and until - now.state.last_event_at < 7 * DAY
    return f"{what} until {clock_before(until)}" if soon and until is not None else what


def _ratio(score: float) -> float:
    return min(1.0, max(0.0, score))


def _up(score: float, steps: int) -> float:
    return ceil(round(score * steps, 3)) / steps


def _down(score: float, steps: int) -> float:
    return floor(round(score * steps, 3)) / steps
