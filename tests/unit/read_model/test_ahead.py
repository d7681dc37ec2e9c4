"""What stands in the topics beyond what is counted: each once, until it is handled."""

from aiokafka import TopicPartition

from orchestrator.core.actions import Outcome, Service, encode_action
from orchestrator.core.counters import LabelCounters
from orchestrator.core.dead_letters import REPLAYED_AT, REPLAYED_FROM
from orchestrator.core.letter_counters import LetterCounters
from orchestrator.core.outcomes import encode_outcome
from orchestrator.read_model.ahead import Ahead
from orchestrator.stream.records import Headers, RawRecord
from orchestrator.topics import ACTIONS_LEARNER, ACTIONS_URGENT, DEAD_LETTERS, OUTCOMES
from tests.functional.agents.test_count import outcome
from tests.unit.delivery.samples import action
from tests.unit.stream.samples import record

URGENT, LEARNER = TopicPartition(ACTIONS_URGENT, 0), TopicPartition(ACTIONS_LEARNER, 0)
ENDS, LETTERS = TopicPartition(OUTCOMES, 0), TopicPartition(DEAD_LETTERS, 0)
AT = (0, Service.LEARNER)


def actions(*places: tuple[int, str], headers: Headers = ()) -> list[RawRecord]:
    made = [(offset, encode_action(action(action_id=name))) for offset, name in places]
    return [record(offset, raw, headers=headers) for offset, raw in made]


def letter(offset: int, source: bytes, *headers: tuple[str, bytes]) -> RawRecord:
    return record(offset, topic=DEAD_LETTERS, headers=(("source", source), *headers))


def test_an_action_that_was_decided_twice_is_in_flight_once_until_it_is_handled() -> None:
    ahead = Ahead()
    ahead.on_records(LEARNER, actions((4, "a"), (5, "b"), (8, "a")))
    ahead.on_records(URGENT, actions((1, "c")))
    assert ahead.in_flight() == {AT: 2, (0, Service.NOTIFICATION): 1}
    ahead.forget({LEARNER: 6, URGENT: 2})
    assert ahead.in_flight() == {AT: 1, (0, Service.NOTIFICATION): 0}


def test_what_a_replay_has_sent_and_what_is_no_action_is_not_in_flight() -> None:
    ahead = Ahead()
    ahead.on_records(LEARNER, actions((4, "a"), headers=((REPLAYED_FROM, b"action:a"),)))
    ahead.on_records(LEARNER, [record(n, raw) for n, raw in enumerate((b"", b"{}", b"[" * 99_999))])
    assert ahead.in_flight() == {AT: 0}


def test_outcomes_are_counted_ahead_each_once_and_the_counters_stay_as_they_are() -> None:
    ahead, counted = Ahead(), {AT: LabelCounters(last=6, counts={"delivered": 6})}
    ends = [outcome(6), outcome(7), outcome(7), outcome(8, Outcome.EXPIRED)]
    ahead.on_records(ENDS, [record(n, encode_outcome(each)) for n, each in enumerate(ends)])
    ahead.on_records(ENDS, [record(9, b"no json")])
    expected = {AT: LabelCounters(last=8, counts={"delivered": 7, "expired": 1})}
    assert ahead.outcomes(counted) == expected
    assert counted == {AT: LabelCounters(last=6, counts={"delivered": 6})}
    ahead.forget({ENDS: 10})
    assert ahead.outcomes(expected) == expected


def test_dead_letters_are_counted_ahead_each_source_once_and_marks_never() -> None:
    ahead, counted = Ahead(), {0: LetterCounters()}
    counted[0].count_letter(0, "redis:s:1-0", "x", "orchestrator.events")
    ahead.on_records(
        LETTERS,
        [
            letter(1, b"redis:s:1-0"),
            letter(2, b"redis:s:2-0"),
            letter(3, b"kafka:orchestrator.events:0:5"),
            letter(4, b"redis:s:3-0", (REPLAYED_AT, b"2026-01-05T08:00:00Z")),
        ],
    )
    found = ahead.letters(counted)[0]
    assert (found.entrance, found.events, counted[0].entrance) == (2, 1, 1)
    ahead.forget({LETTERS: 5})
    assert ahead.letters(counted) == counted
