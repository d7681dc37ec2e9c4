"""What the break rules wait for."""

from msgspec.structs import replace

from orchestrator.core.events import EventType
from orchestrator.core.times import MINUTE
from orchestrator.core.why import sel as feelings
from orchestrator.core.why.ways import Comparison, Found, Now, Obstacle, Way, clock, minutes, number


def sel(now: Now) -> Found:
    """Support for feelings, once the last break is long enough ago."""
    not_before = _gap_ends(now)
    return (
        _not_before(feelings.GRAVE, not_before),
        _not_before(feelings.repeated_way(now, not_before or now.state.last_event_at), not_before),
    )


def engagement_low(now: Now) -> Found:
    """A report of fading interest, once the last break is long enough ago."""
    way = Way(event=EventType.ENGAGEMENT_LOW, words="a report that the learner is losing interest")
    return (_not_before(way, _gap_ends(now)),)


def engagement(now: Now) -> Found:
    """Low engagement, once the last break is long enough ago."""
    below = now.policy.breaks.engagement.below
    if below <= 0:
        return Obstacle("The policy asks for an engagement below 0, which there is not.")
    fields = {
        EventType.COURSEWORK_ANALYZED: ("data.performance_metrics.engagement", "coursework"),
        EventType.LEARNER_PROGRESS: ("data.engagement_score", "progress"),
    }
    return tuple(
        _not_before(
            Way(
                event=event,
                field=field,
                comparison=Comparison.BELOW,
                value=below,
                words=f"{what} with an engagement below {number(below)}",
            ),
            _gap_ends(now),
        )
        for event, (field, what) in fields.items()
    )


def session(now: Now) -> Found:
    """So much more learning without a pause, and the end of the gap after the last break.

    Told for the earliest moment at which it can be: when the learner has worked for what is
    missing without a pause, or when the gap ends. Coursework of then has to report the time worked
    since the last report; how much that must be depends on whether the session goes on until then
    (see core/session.py).
    """
    after, pause = now.policy.breaks.session.after, now.policy.session.pause
    present, earliest = now.state.session, _gap_ends(now) or now.state.last_event_at
    last = present.last_activity_at
    if last is None:
        return (_learning(now, earliest, None, after, after),)
    missing = max(0, after - present.worked)
    at = max(earliest, last + missing)
    paused = at - last - pause
    if paused >= after:  # a new session begins, whatever is reported
        return (_learning(now, at, None, after, after),)
    reported = max(0, after - present.worked + present.elapsed, paused + 1)
    until = last + reported + pause - 1
    return (_learning(now, at, until, reported, max(missing, reported - present.elapsed)),)


def _learning(now: Now, at: int, until: int | None, reported: int, missing: int) -> Way:
    pause, gap_ends = now.policy.session.pause, _gap_ends(now)
    words = f"{minutes(missing)} more of learning without a pause of {minutes(pause)}"
    return Way(
        event=EventType.COURSEWORK_ANALYZED,
        field="data.session_duration",
        comparison=Comparison.AT_LEAST,
        value=reported / MINUTE,
        observed=now.state.session.worked / MINUTE,
        threshold=now.policy.breaks.session.after / MINUTE,
        not_before=at,
        not_after=until,
        words=words if gap_ends != at else f"{words}, and no break before {clock(at)}",
    )


def _gap_ends(now: Now) -> int | None:
    """When another break may be given; None: at once."""
    last = now.state.last_break_at
    if last is None:
        return None
    ends = last + now.policy.breaks.gap
    return ends if ends > now.state.last_event_at else None


def _not_before(way: Way, at: int | None) -> Way:
    if at is None or (way.not_before is not None and way.not_before >= at):
        return way
    return replace(way, not_before=at, words=f"{way.words}, and no break before {clock(at)}")
