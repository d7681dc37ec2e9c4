"""The most changed learners, both ways side by side."""

from msgspec import Struct

from orchestrator.backtest.report import words
from orchestrator.backtest.report.figures import clock, number, plural
from orchestrator.comparison.summary import Comparison, Given, LearnerTrace, Moment


class GivenWords(Struct, frozen=True):
    """An action: what, why, and on what evidence."""

    what: str
    why: str
    evidence: str


class MomentWords(Struct, frozen=True):
    """A moment at which the two differ. `levels`: after it, where they differ as well."""

    at: str
    iso: str
    event: str
    base: tuple[GivenWords, ...]
    candidate: tuple[GivenWords, ...]
    levels: tuple[str, str] | None


class TraceWords(Struct, frozen=True):
    """A learner: the hash, how much differs, and the moments."""

    learner: str
    summary: str
    moments: tuple[MomentWords, ...]
    left_off: str


def trace_words(comparison: Comparison) -> tuple[TraceWords, ...]:
    """The learners in the order of the comparison: the most changed first."""
    return tuple(_trace(each) for each in comparison.most_changed)


def _trace(trace: LearnerTrace) -> TraceWords:
    counts = {
        "added": trace.added,
        "lost": trace.lost,
        "moved": trace.moved,
        "changed": trace.changed,
    }
    named = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    fall = (
        f"; up to {plural(trace.largest_fall, 'level', 'levels')} lower"
        if trace.largest_fall
        else ""
    )
    more = plural(trace.moments_left_off, "moment", "moments")
    return TraceWords(
        learner=trace.learner,
        summary=f"{plural(trace.differences, 'difference', 'differences')}: {named}{fall}",
        moments=tuple(_moment(each) for each in trace.moments),
        left_off=f"{more} that differ later are not shown." if trace.moments_left_off else "",
    )


def _moment(moment: Moment) -> MomentWords:
    levels = moment.base_level.value, moment.candidate_level.value
    return MomentWords(
        at=clock(moment.at),
        iso=moment.at.isoformat(),
        event=words.event(moment.event_type),
        base=tuple(_given(each) for each in moment.base),
        candidate=tuple(_given(each) for each in moment.candidate),
        levels=levels if levels[0] != levels[1] else None,
    )


def _given(given: Given) -> GivenWords:
    what = words.ONE[given.type]
    return GivenWords(
        what=f"{what}: {given.detail}" if given.detail else what,
        why=words.rule(given.rule),
        evidence=_evidence(given),
    )


def _evidence(given: Given) -> str:
    if given.observed is None:
        return ""
    observed = _value(given.observed)
    return (
        observed if given.threshold is None else f"{observed}, threshold {_value(given.threshold)}"
    )


def _value(value: float | str) -> str:
    return words.rule(value) if isinstance(value, str) else number(value)
