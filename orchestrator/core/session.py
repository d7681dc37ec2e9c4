"""How long a learner has been at it without a pause. Times and durations in microseconds."""

from msgspec import Struct

from orchestrator.core.numbers import Minutes, Numbers


class SessionNumbers(Numbers, frozen=True):
    """The `session` section of the policy."""

    pause: Minutes


class Session(Struct, frozen=True, array_like=True, gc=False):
    """One stretch of continuous learning.

    `worked` grows by reported durations and, between them, by elapsed time; `elapsed` is the part
    of it that elapsed time has added since the last duration, which the next duration replaces.
    """

    worked: int = 0
    started_at: int | None = None
    last_activity_at: int | None = None
    elapsed: int = 0


def after_activity(session: Session, at: int, duration: int | None, pause: int) -> Session:
    """The session after a learning event at `at`; unchanged if that is before the last activity.

    `duration` is the time worked up to `at` since the last event that reported one, if this does.
    A break in the work of `pause` or more starts a new session.
    """
    last = session.last_activity_at
    reported = duration or 0
    if last is None:
        return Session(reported, at - reported, at)
    gap = at - last
    if gap < 0:
        return session
    if gap - reported >= pause:
        return Session(reported, at - reported, at)
    if duration is None:
        return Session(session.worked + gap, session.started_at, at, session.elapsed + gap)
    return Session(max(0, session.worked + duration - session.elapsed), session.started_at, at)


def after_break(session: Session, at: int) -> Session:
    """A new session at 0. The last activity stays: a break is given, it is not an activity."""
    return Session(0, at, session.last_activity_at)
