"""An event of a step taken into a state, in one go.

As core/decide.noted and core/absorb.py do one after the other; coursework, which is most of what
comes, without the state in between. tests/properties/test_pair.py holds it against them.
"""

from msgspec.structs import replace

from orchestrator.core.absorb import ABSORB, duration_of, streaks_after
from orchestrator.core.case import Case
from orchestrator.core.decide import Position, noted
from orchestrator.core.events import CourseworkAnalyzed, Event
from orchestrator.core.policy import Policy
from orchestrator.core.recent_ids import remember
from orchestrator.core.session import after_activity
from orchestrator.core.state import LearnerState


def take_in(
    state: LearnerState,
    event: Event,
    at: int,
    policy: Policy,
    position: Position,
    hashed: bytes,
    behind: int,
) -> Case:
    """The case that rules look at. The event is no repeat and not late, and the learner is known.

    `at` and `behind` in microseconds, `hashed` the event's id (core/recent_ids.id_hash).
    """
    if type(event) is not CourseworkAnalyzed:
        case = Case(event, at, policy, noted(state, position, hashed, at, policy), behind)
        ABSORB[type(event)](case)
        return case
    data = event.data
    metrics = data.performance_metrics
    accuracy, engagement = metrics.accuracy, metrics.engagement
    correct, incorrect = streaks_after(data, state, policy)
    after = replace(
        state,
        partition=position.partition,
        offset=position.offset,
        correct_streak=correct,
        incorrect_streak=incorrect,
        session=after_activity(state.session, at, duration_of(data), policy.session.pause),
        performance=accuracy,
        engagement=state.engagement if engagement is None else engagement,
        recent_ids=remember(state.recent_ids, hashed, policy.event.recent_ids),
        last_event_at=max(at, state.last_event_at),
    )
    return Case(event, at, policy, after, behind, accuracy, engagement)
