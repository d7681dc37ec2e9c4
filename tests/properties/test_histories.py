"""What holds for any history whatever, in order or out of order."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from orchestrator.core.actions import Action, ActionType, encode_action
from orchestrator.core.decide import DecisionOutcome, Position, decide
from orchestrator.core.events import Event
from orchestrator.core.levels import Level, one_down, one_up
from orchestrator.core.state import LearnerState, decode_state, encode_state
from tests.properties.histories import histories, lives, moments
from tests.unit.core.samples import POLICY, Learner, erased, sel


def lived(history: list[Event]) -> list[tuple[bytes, list[bytes]]]:
    """The bytes of the state and of the actions after each event."""
    learner = Learner()
    return [
        (encode_state(decision.state), [encode_action(one) for one in decision.actions])
        for decision in map(learner.sees, history)
    ]


@given(histories)
def test_the_same_history_gives_the_same_bytes(history: list[Event]) -> None:
    assert lived(history) == lived(history)


@given(lives)
def test_a_state_that_was_stored_and_read_goes_on_alike(history: list[Event]) -> None:
    learner = Learner()
    restored = []
    for seen in history:
        learner.state = decode_state(encode_state(learner.state))
        decision = learner.sees(seen)
        restored.append(
            (encode_state(decision.state), [encode_action(one) for one in decision.actions])
        )

    assert restored == lived(history)


@given(histories)
def test_repeating_every_event_changes_nothing(history: list[Event]) -> None:
    learner = Learner()
    for number, seen in enumerate(history):
        state = learner.sees(seen).state
        for earlier in history[: number + 1]:
            again = learner.sees(earlier)
            assert again.state is state
            assert again.actions == ()
            assert again.outcome is not DecisionOutcome.DECIDED


@given(histories)
def test_going_through_the_topic_again_changes_nothing(history: list[Event]) -> None:
    state: LearnerState | None = None
    for offset, seen in enumerate(history):
        state = decide(state, seen, Position(7, offset), POLICY).state
    assert state is not None or not history
    for offset, seen in enumerate(history):
        again = decide(state, seen, Position(7, offset), POLICY)
        assert again.actions == ()
        assert encode_state(again.state) == encode_state(state or again.state)


@given(histories | lives)
def test_no_two_breaks_lie_within_15_minutes_of_event_time(history: list[Event]) -> None:
    learner = Learner()
    breaks = sorted(
        action.created_at
        for seen in history
        for action in learner.sees(seen).actions
        if action.type is ActionType.GAME_BREAK
    )

    assert all(later - earlier >= timedelta(minutes=15) for earlier, later in pairwise(breaks))


@given(lives)
def test_an_event_gives_each_type_of_action_at_most_once(history: list[Event]) -> None:
    learner = Learner()
    for seen in history:
        kinds = [action.type for action in learner.sees(seen).actions]
        assert len(kinds) == len(set(kinds))


@given(lives, st.sampled_from(Level))
def test_a_level_moves_by_suggestions_alone_and_steps_are_single(
    history: list[Event], level: Level
) -> None:
    learner = Learner(level)
    for seen in history:
        before = learner.state.level
        decision = learner.sees(seen)
        suggested = [one for one in decision.actions if one.type is ActionType.LEVEL_SUGGESTED]
        for action in suggested:
            assert _is_possible(action, before)
        lasting = [one for one in suggested if not one.parameters["temporary"]]
        expected = Level(lasting[0].parameters["suggested_level"]) if lasting else before
        assert decision.state.level is expected


def _is_possible(action: Action, before: Level) -> bool:
    suggested = Level(action.parameters["suggested_level"])
    if action.rule.startswith("level.up."):
        return suggested is one_up(before)
    if action.rule.startswith("level.down."):
        return suggested is one_down(before)
    return suggested is not before


@given(lives)
def test_an_alert_of_high_severity_is_always_answered(history: list[Event]) -> None:
    learner = Learner()
    for seen in history:
        learner.sees(seen)

    action = learner.gets_intervention(sel("high"))

    assert action is not None
    assert action.rule == "sel.high_severity"


@given(lives)
def test_at_most_one_streak_runs_and_no_session_is_shorter_than_nothing(
    history: list[Event],
) -> None:
    learner = Learner()
    for seen in history:
        state = learner.sees(seen).state
        assert 0 in (state.correct_streak, state.incorrect_streak)
        assert state.session.worked >= 0
        assert 0 <= state.session.elapsed <= state.session.worked


@given(lives)
def test_a_state_never_outgrows_two_kilobytes(history: list[Event]) -> None:
    learner = Learner()
    for seen in history:
        assert len(encode_state(learner.sees(seen).state)) <= 2048


@given(lives, lives)
def test_two_learners_do_not_touch_each_other(one: list[Event], other: list[Event]) -> None:
    alone, beside, neighbour = Learner(), Learner(), Learner()
    for number, seen in enumerate(one):
        for strange in other[number : number + 1]:
            neighbour.sees(strange)
        assert beside.sees(seen) == alone.sees(seen)


@given(histories, st.data())
def test_with_erasures_among_them_going_through_the_topic_again_changes_nothing(
    history: list[Event], data: st.DataObject
) -> None:
    for place in data.draw(st.lists(st.integers(0, len(history)), min_size=1, max_size=3)):
        history.insert(place, erased(data.draw(moments)))
    state: LearnerState | None = None
    applied = []
    for offset, seen in enumerate(history):
        decision = decide(state, seen, Position(7, offset), POLICY)
        state = decision.state
        if decision.outcome is DecisionOutcome.DECIDED:
            applied.append(seen)
    sent_again = [(len(history) + n, seen) for n, seen in enumerate(applied)]
    for offset, seen in [*enumerate(history), *sent_again]:
        again = decide(state, seen, Position(7, offset), POLICY)
        assert again.state is state
        assert again.actions == ()
        assert again.outcome is not DecisionOutcome.DECIDED


@given(lives, histories)
def test_after_an_erasure_a_learner_lives_as_one_of_whom_nothing_was_known(
    before: list[Event], history: list[Event]
) -> None:
    learner, fresh = Learner(), Learner()
    for seen in before:
        learner.sees(seen)
    stub = learner.sees(erased()).state
    assert len(encode_state(stub)) < 600
    for seen in history:
        decision, alone = learner.sees(seen), fresh.sees(seen)
        assert decision.actions == alone.actions
        assert decision.state == replace(
            alone.state, offset=decision.state.offset, recent_ids=decision.state.recent_ids
        )
