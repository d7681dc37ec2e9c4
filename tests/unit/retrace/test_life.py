"""A learner's life read out of a partition, and decided again."""

import pytest
from msgspec.structs import replace

from orchestrator.core.fold import COUNTERS_KEY, load_counters
from orchestrator.core.ids import LearnerId
from orchestrator.core.policy import load_policy
from orchestrator.core.policy_records import PolicyActivated
from orchestrator.core.state import decode_state
from orchestrator.errors import OrchestratorError
from orchestrator.retrace.life import Lived, find_action, life_of, tell_nobody
from orchestrator.retrace.replay import Replay, policies_of
from tests.unit.core.samples import (
    MESSAGES_TOML,
    POLICY,
    after,
    assessment,
    coursework,
    erased,
    sel,
    slp,
)
from tests.unit.retrace.samples import ANA, LATER_TOML, MemorySource, life

LATER = load_policy(LATER_TOML, MESSAGES_TOML)


def rules(lived: list[Lived]) -> list[list[str]]:
    return [[action.rule for action in one.actions] for one in lived]


def test_each_event_finds_what_the_one_before_it_left() -> None:
    lived = list(life(assessment(0.9), sel("high", after(1)), slp(0.3, after(2))).lived())
    assert rules(lived) == [
        ["level.up.performance"],
        ["sel.high_severity", "break.sel"],
        ["level.slp"],
    ]
    assert lived[0].before is None
    assert [one.before for one in lived[1:]] == [one.after for one in lived[:-1]]
    assert [one.row.offset for one in lived] == [0, 1, 2]


def test_others_are_passed_over_and_the_policy_of_the_time_decides() -> None:
    work = coursework(minutes=22)
    ben = replace(work, learner_id=LearnerId("ben"))
    again = coursework(0.6, after(60), minutes=22)
    found = life(work, ben, PolicyActivated(LATER.version), ben, again)
    assert len(found.records) == 3
    lived = list(found.lived())
    assert [one.policy.version for one in lived] == [POLICY.version, LATER.version]
    assert rules(lived) == [[], ["break.session"]]


def test_a_life_alone_is_what_it_is_among_all_the_others() -> None:
    events = [coursework(0.6, after(5 * n), minutes=5, answers=[True]) for n in range(9)]
    others = [replace(event, learner_id=LearnerId("ben")) for event in events]
    mixed = [event for both in zip(events, others, strict=True) for event in both]
    source = MemorySource([*mixed, PolicyActivated(LATER.version), *others])
    replay = Replay(0, policies_of(source))
    for chunk in source.chunks(0, source.spans()[0]):
        replay.take(chunk)
    *_, last = life_of(source, ANA, 0).lived()
    assert last.after == decode_state(replay.rows[ANA])


def test_another_policy_decides_from_the_beginning_or_from_a_moment_on() -> None:
    found = life(coursework(minutes=22), coursework(0.6, after(60), minutes=22))
    assert rules(list(found.lived(LATER))) == [["break.session"], ["break.session"]]
    since = found.lived(LATER, since=int(after(30).timestamp() * 1e6))
    lived = list(since)
    assert rules(lived) == [[], ["break.session"]]
    assert [one.policy.version for one in lived] == [POLICY.version, LATER.version]


def test_what_stood_before_is_where_it_begins() -> None:
    source = MemorySource([coursework(answers=[True] * 3)])
    replay = Replay(0, policies_of(source))
    for chunk in source.chunks(0, source.spans()[0]):
        replay.take(chunk)
    then = MemorySource([coursework(0.6, after(5), answers=[True] * 2)], 1, replay.rows)
    found = life_of(then, ANA, 0)
    assert (found.gone, rules(list(found.lived()))) == (0, [["level.up.streak"]])
    assert set(found.rows) == {ANA, COUNTERS_KEY}
    without = life_of(MemorySource([coursework(answers=[True] * 2)], 7), ANA, 0)
    assert (without.gone, rules(list(without.lived()))) == (7, [[]])


def test_who_was_erased_is_blank_and_begins_anew() -> None:
    lived = list(life(assessment(0.9), erased(after(1)), assessment(0.5, after(2))).lived())
    assert [one.after.is_blank for one in lived] == [False, True, False]
    assert lived[2].after.level == POLICY.level.start


def test_an_action_is_found_by_its_id() -> None:
    source = MemorySource(
        [coursework(0.6, after(n)) for n in range(4)] + [assessment(0.9, after(9))]
    )
    (action,) = [action for one in life_of(source, ANA, 0).lived() for action in one.actions]
    told: list[tuple[int, int]] = []
    assert find_action(source, action.action_id, lambda *how: told.append(how)) == ANA
    assert told == [(3, 5)]
    assert find_action(source, "0" * 32, tell_nobody) is None


def test_a_partition_without_events_and_a_source_without_policies_are_told_of() -> None:
    with pytest.raises(OrchestratorError, match="no events in partition 0"):
        life_of(MemorySource([]), ANA, 0)

    class WithoutPolicies(MemorySource):
        def policies(self) -> dict[str, tuple[str, str]]:
            return {"broken": ("no policy", "")}

    with pytest.raises(OrchestratorError, match="knows no policy"):
        life_of(WithoutPolicies([assessment(0.5)]), ANA, 0)


def test_a_replay_in_chunks_is_that_of_the_whole() -> None:
    source = MemorySource([coursework(0.6, after(5 * n), minutes=5) for n in range(10)])
    replay = Replay(0, policies_of(source))
    for chunk in source.chunks(0, source.spans()[0]):
        replay.take(chunk)
    counters = load_counters(replay.rows)
    assert (counters.offset, counters.decided, counters.policy) == (9, 10, POLICY.version)
