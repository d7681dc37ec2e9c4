"""Who waits for a decision is told that of its own request, and of no other."""

import asyncio

import pytest

from orchestrator.core.decisions import Asked
from orchestrator.core.event_codec import encode_event
from orchestrator.core.fold import BODY_HASH_HEADER, TRIGGER_HEADER, Batch, fold
from orchestrator.core.ids import learner_key
from orchestrator.read_model.waiting import DecisionBoard
from tests.unit.core.samples import POLICY, START, baseline
from tests.unit.read_model.samples import NOON, PARTITION, decisions, row
from tests.unit.stream.samples import record


async def test_each_of_two_requests_with_one_event_is_told_its_own_outcome() -> None:
    board = DecisionBoard()
    first, second = board.expect("r-1"), board.expect("r-2")
    board.on_record(decisions(row(asked=Asked("r-1", NOON))))
    assert not second.done()
    board.on_record(decisions(row(outcome="duplicate", asked=Asked("r-2", NOON))))
    assert [done.result()[1].outcome for done in (first, second)] == ["decided", "duplicate"]
    assert first.result()[0] == PARTITION


async def test_a_decision_that_is_written_twice_is_told_once() -> None:
    board = DecisionBoard()
    waiting = board.expect("r")
    for _ in range(2):
        board.on_record(decisions(row(asked=Asked("r", NOON))))
    assert waiting.result()[1].event_id == "e"


async def test_an_event_of_the_same_id_that_nobody_asked_for_wakes_nobody() -> None:
    board = DecisionBoard()
    waiting = board.expect("r")
    board.on_record(decisions(row(), row(asked=Asked("another", NOON))))
    assert not waiting.done()
    waiting.cancel()


async def test_who_has_given_up_is_forgotten() -> None:
    board = DecisionBoard()
    waiting = board.expect("r")
    waiting.cancel()
    await asyncio.sleep(0)
    board.on_record(decisions(row(asked=Asked("r", NOON))))
    assert waiting.cancelled()


@pytest.mark.parametrize("value", [None, b"", b'{"request_id":', b"\xff"])
async def test_an_unreadable_record_hurts_nobody(value: bytes | None) -> None:
    board = DecisionBoard()
    waiting = board.expect("r")
    board.on_record(record(0, value))
    board.on_record(decisions(row(asked=Asked("r", NOON))))
    assert waiting.done()


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ([], None),
        ([("traceparent", b"00-1-2-01")], None),
        ([(BODY_HASH_HEADER, b"h")], None),
        ([(TRIGGER_HEADER, b"r")], Asked("r", START)),
        ([(TRIGGER_HEADER, b"r"), (BODY_HASH_HEADER, b"h")], Asked("r", START, "h")),
        ([(TRIGGER_HEADER, b"\xff")], Asked("\N{REPLACEMENT CHARACTER}", START)),
    ],
)
def test_a_decision_says_which_request_asked_for_it(
    headers: list[tuple[str, bytes]], asked: Asked | None
) -> None:
    event = baseline(0.8)
    came = asked and Asked(asked.request_id, event.received_at, asked.body_hash)
    key = learner_key(event.tenant_id, event.learner_id)
    source = record(0, encode_event(event), key=key, headers=headers)
    batch = Batch("events", PARTITION, {POLICY.version: POLICY}, POLICY.version, NOON)
    (decided,) = fold(batch, [source], {}).rows()
    assert decided.asked == came
    assert len(decided.actions) == (2 if asked else 0)
    assert len(decided.action_ids) == 2
