"""How long learners were at work: what counts are to be divided by."""

from orchestrator.core.events import CourseworkAnalyzed, Event
from orchestrator.core.state import LearnerState
from orchestrator.core.times import MINUTE


def worked(before: LearnerState | None, after: LearnerState, event: Event, pause: int) -> int:
    """The learner's work up to an event since the one before, in microseconds.

    That is the time since then; but where a pause lies in between, or nothing was before, what the
    event itself reports. 0 for what is no learning event, or comes out of order.
    """
    last = None if before is None else before.session.last_activity_at
    now = after.session.last_activity_at
    if now is None or now == last:
        return 0
    if last is not None and now - last < pause:
        return now - last
    reported = 0
    if type(event) is CourseworkAnalyzed and event.data.session_duration is not None:
        reported = round(event.data.session_duration * MINUTE)
    return reported if last is None or now - last - reported >= pause else now - last
