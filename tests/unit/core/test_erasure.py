"""A learner who is erased: what is left, what comes back, and what is counted."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from orchestrator.core.actions import ActionType
from orchestrator.core.counters import DecideCounters
from orchestrator.core.decide import DecisionOutcome, Position, decide
from orchestrator.core.erasures import Erasure, decode_erasure, encode_erasure
from orchestrator.core.event_codec import decode_event, encode_event, event_from
from orchestrator.core.events import Event
from orchestrator.core.fold import COUNTERS_KEY, Batch, Folded, fold, load_counters
from orchestrator.core.ids import learner_key
from orchestrator.core.levels import Level
from orchestrator.core.state import NEVER, LearnerState, decode_state, encode_state, new_learner
from orchestrator.core.times import micros
from orchestrator.errors import InvalidEvent
from tests.unit.core.canonical import fields
from tests.unit.core.samples import (
    POLICY,
    START,
    Learner,
    after,
    assessment,
    baseline,
    coursework,
    erased,
    failed,
    progress,
    sel,
    slp,
)
from tests.unit.stream.samples import record

BATCH = Batch("events", 0, {POLICY.version: POLICY}, POLICY.version, START)
DECIDED, DUPLICATE = DecisionOutcome.DECIDED, DecisionOutcome.DUPLICATE


def well_known() -> Learner:
    """A learner of whom everything is remembered that can be."""
    learner = Learner()
    for seen in (
        baseline(0.95),
        slp(0.3, after(1), words=["secret"]),
        sel("high", after(2)),
        assessment(0.9, after(3)),
        coursework(0.9, after(40), minutes=30, answers=[True]),
    ):
        learner.sees(seen)
    return learner


def folded(events: list[Event], rows: dict[bytes, bytes] | None = None, first: int = 0) -> Folded:
    """The events as they stand from offset `first` on in one partition."""
    records = [
        record(n, encode_event(seen), key=learner_key(seen.tenant_id, seen.learner_id))
        for n, seen in enumerate(events, start=first)
    ]
    return fold(BATCH, records, rows or {})


def test_the_state_becomes_a_stub_of_position_and_hashes() -> None:
    learner = well_known()
    known = learner.state
    decision = learner.sees(erased(after(60)))
    assert (decision.outcome, decision.actions) == (DECIDED, ())
    assert learner.state == replace(
        new_learner(Level.MODERATE), partition=0, offset=5, recent_ids=learner.state.recent_ids
    )
    assert learner.state.is_blank
    assert learner.state.recent_ids[:-8] == known.recent_ids
    assert decode_state(encode_state(learner.state)) == learner.state


def test_it_is_never_too_late_and_never_too_early() -> None:
    for at in (START - timedelta(days=400), after(days=400)):
        learner = well_known()
        assert learner.sees(erased(at)).outcome is DECIDED
        assert learner.state.is_blank


def test_what_was_there_before_changes_nothing_after() -> None:
    learner, earlier = Learner(), [baseline(0.95), sel("high", after(1))]
    for seen in earlier:
        learner.sees(seen)
    stub = learner.sees(erased(after(2))).state
    for seen in earlier:  # redelivered: the same ids, further on
        again = learner.sees(seen)
        assert (again.outcome, again.actions) == (DUPLICATE, ())
        assert again.state is stub
    for offset, seen in enumerate(earlier):  # the topic read again: the same places
        moved = replace(seen, id=f"other-{offset}")
        assert decide(stub, moved, Position(0, offset), POLICY).outcome is DUPLICATE


def test_the_next_event_finds_a_new_learner() -> None:
    learner = well_known()
    learner.sees(erased(after(60)))
    seen = baseline(0.95, START)  # older than anything before: and yet not late
    decision = learner.sees(seen)
    fresh = Learner().sees(seen)
    assert decision.actions == fresh.actions
    assert decision.state == replace(
        fresh.state, offset=decision.state.offset, recent_ids=decision.state.recent_ids
    )


def test_a_new_beginning_is_at_the_level_that_the_policy_of_its_time_begins_with() -> None:
    learner = well_known()
    learner.sees(erased(after(60)))
    learner.policy = replace(POLICY, level=replace(POLICY.level, start=Level.BEGINNER))
    assert learner.sees(sel("low", after(61))).state.level is Level.BEGINNER


def test_an_erasure_that_is_repeated_after_new_events_is_a_duplicate() -> None:
    learner, erasure = well_known(), erased(after(60))
    learner.sees(erasure)
    learner.sees(progress(0.9, after(61)))
    after_it = learner.state
    assert learner.sees(erasure).outcome is DUPLICATE
    assert decide(after_it, erasure, Position(0, 5), POLICY).outcome is DUPLICATE
    assert learner.state is after_it


def test_a_suggestion_that_failed_later_does_not_bring_a_learner_back() -> None:
    learner = Learner()
    suggestion = learner.gets(ActionType.LEVEL_SUGGESTED, baseline(0.95))
    assert suggestion is not None
    learner.sees(erased(after(1)))
    assert learner.sees(failed(suggestion, "easy")).outcome is DECIDED
    assert learner.state.is_blank
    assert (learner.state.level, learner.state.offset) == (Level.MODERATE, 2)


def test_nor_does_it_touch_who_has_begun_anew() -> None:
    learner = Learner()
    suggestion = learner.gets(ActionType.LEVEL_SUGGESTED, baseline(0.95))
    assert suggestion is not None
    learner.sees(erased(after(1)))
    newer = learner.gets(ActionType.LEVEL_SUGGESTED, baseline(0.3, after(2)))
    assert newer is not None
    learner.sees(failed(suggestion, "advanced"))
    assert learner.state.level is Level.EASY
    assert learner.state.pending is not None
    assert learner.state.pending.action_id == newer.action_id


def test_who_was_never_heard_of_can_be_erased() -> None:
    decision = decide(None, erased(), Position(3, 7), POLICY)
    assert decision.state.is_blank
    assert (decision.state.partition, decision.state.offset) == (3, 7)


class TestFold:
    def test_learners_and_the_active_among_them_are_counted_right(self) -> None:
        counts = folded([progress(0.6), progress(0.6, after(5))]).counters
        newest = micros(after(5))
        assert (counts.learners, counts.active_at(newest)) == (1, 1)
        for events, learners in (
            ([progress(0.6), erased(after(1))], 0),
            ([progress(0.6), erased(after(1)), erased(after(2))], 0),
            ([erased()], 0),
            ([progress(0.6), erased(after(1)), progress(0.6, after(2))], 1),
            ([erased(), progress(0.6, after(2)), progress(0.6, after(3))], 1),
        ):
            counts = folded(events).counters
            assert (counts.learners, counts.active_at(newest)) == (learners, learners)

    def test_a_learner_who_was_idle_for_long_is_counted_right(self) -> None:
        other = replace(progress(0.6, after(hours=9)), learner_id="ben")
        first = folded([progress(0.6), other])
        then = folded([erased(after(hours=9))], first.changes, first=2)
        assert then.counters.learners == 1
        assert then.counters.active == first.counters.active

    def test_it_is_counted_apart_and_asks_for_no_action(self) -> None:
        counts = folded([progress(0.6), erased()]).counters
        assert (counts.decided, counts.internal, counts.actions) == (1, 1, {})

    def test_the_delivery_is_told_between_the_actions_before_and_behind(self) -> None:
        erasure = erased(after(1))
        found = folded([baseline(0.95), erasure, baseline(0.95, after(2)), progress(0.6, after(3))])
        (told,) = found.erasures
        assert told == (2, Erasure(erasure.id, erasure.tenant_id, erasure.learner_id, 1))
        assert len(found.actions) == 4
        assert decode_erasure(encode_erasure(told[1])) == told[1]

    def test_a_duplicate_is_not_told_again(self) -> None:
        erasure = erased(after(1))
        found = folded([erasure, progress(0.6), erasure])
        assert [before for before, _ in found.erasures] == [0]
        assert [row.outcome for row in found.rows()] == [DECIDED, DECIDED, DUPLICATE]

    def test_a_batch_that_is_read_again_changes_nothing(self) -> None:
        events = [baseline(0.95), erased(after(1)), progress(0.9, after(2))]
        first = folded(events)
        again = folded(events, first.changes)
        assert again.changes == {COUNTERS_KEY: first.changes[COUNTERS_KEY]}
        assert (again.actions, again.erasures) == ([], [])

    def test_other_learners_keep_their_state(self) -> None:
        ben = replace(baseline(0.95), learner_id="ben")
        found = folded([baseline(0.95), ben, erased(after(1))])
        alone = folded([ben], first=1)
        assert found.changes[b"school/ben"] == alone.changes[b"school/ben"]
        assert decode_state(found.changes[b"school/ana"]).is_blank


def test_a_counter_row_from_before_reads_on() -> None:
    assert load_counters({COUNTERS_KEY: b"{}"}) == DecideCounters()


@pytest.mark.parametrize("state", [new_learner(Level.EASY), well_known().state])
def test_only_a_state_without_events_is_blank(state: LearnerState) -> None:
    assert state.is_blank == (state.last_event_at == NEVER)
    assert state.is_blank == (state.offset < 0)


def test_it_is_read_where_it_was_written_and_refused_where_producers_write() -> None:
    seen = erased()
    assert decode_event(encode_event(seen)) == seen
    with pytest.raises(InvalidEvent, match="unknown type"):
        event_from(fields(type="learner_erased"))
