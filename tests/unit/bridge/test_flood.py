"""How much may be refused before a lane stops."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.bridge.entries import Translated
from orchestrator.bridge.flood import FloodGate, FloodLimit
from orchestrator.core.refusals import Refusal
from orchestrator.errors import Flooded
from orchestrator.stream.records import Record

GOOD = None
BAD = Refusal.UNKNOWN_TYPE


class Lane:
    """A gate, fed with pieces at moments of the test's choice."""

    def __init__(self, limit: FloodLimit) -> None:
        self.now = 1_000.0
        self.gate = FloodGate("aivo.events.sel", limit, lambda: self.now)
        self.number = 0

    def passes(self, *refusals: str | None) -> None:
        self.gate.passed_on([self._translated(each) for each in refusals])

    def floods(self, *refusals: str | None) -> str:
        with pytest.raises(Flooded) as caught:
            self.passes(*refusals)
        return str(caught.value)

    def _translated(self, refusal: str | None) -> Translated:
        self.number += 1
        source = f"redis:aivo.events.sel:{self.number}-0".encode()
        learner = None if refusal else b"t/l"
        return Translated(b"1-0", Record(source, b""), learner, refusal, 0)


def test_half_is_borne_and_one_more_is_not() -> None:
    lane = Lane(FloodLimit(share=0.5, minimum=10, run=100))
    lane.passes(*[GOOD, BAD] * 5)
    said = lane.floods(GOOD, BAD, BAD)
    assert said.startswith("aivo.events.sel: 7 of 13 entries (54%) within a minute were refused")


def test_fewer_entries_than_the_minimum_say_nothing() -> None:
    lane = Lane(FloodLimit(share=0.5, minimum=10, run=100))
    lane.passes(*[BAD] * 9)
    lane.floods(BAD)


def test_what_is_more_than_a_minute_old_counts_no_longer() -> None:
    lane = Lane(FloodLimit(share=0.5, minimum=10, run=100))
    lane.passes(*[BAD] * 9)
    lane.now += 60.1
    lane.passes(*[BAD] * 9)
    lane.now += 59.9
    lane.floods(GOOD, BAD)


def test_a_run_is_counted_across_pieces_and_ends_with_a_good_entry() -> None:
    lane = Lane(FloodLimit(run=5))
    lane.passes(BAD, BAD, BAD, BAD)
    lane.passes(GOOD, BAD, BAD, BAD)
    lane.passes(BAD, GOOD)
    lane.passes(BAD, BAD, BAD, BAD)
    lane.now += 3_600
    assert "5 entries in a row" in lane.floods(BAD, GOOD)


def test_announced_uploads_speak_for_no_fault() -> None:
    lane = Lane(FloodLimit(share=0.5, minimum=4, run=5))
    lane.passes(*[Refusal.UPLOAD_ANNOUNCEMENT] * 100)
    lane.passes(BAD, BAD, Refusal.UPLOAD_ANNOUNCEMENT, BAD)
    lane.floods(BAD)


def test_the_message_says_what_happened_and_how_to_go_on() -> None:
    lane = Lane(FloodLimit(run=4))
    said = lane.floods(Refusal.AMBIGUOUS, BAD, BAD, BAD)
    for words in (
        "aivo.events.sel", "4 entries in a row", "'unknown type' (3;", "redis:aivo.events.sel:4-0",
        "orchestrator.dead-letters", "still in Redis", "mend the producer", "FLOOD_SHARE=1",
        "FLOOD_MINIMUM", "FLOOD_RUN", "mend the dialect", "replay --reason 'unknown type'",
    ):  # fmt: skip
        assert words in said


def test_the_limit_is_a_thousand_in_a_minute_and_five_hundred_in_a_row() -> None:
    assert FloodLimit() == (0.5, 1_000, 500)


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=9), max_size=20), st.integers(1, 9))
def test_a_run_floods_exactly_where_it_is_long_enough(pieces: list[list[bool]], run: int) -> None:
    lane = Lane(FloodLimit(minimum=10_000, run=run))
    row = 0
    for piece in pieces:
        longest = 0
        for bad in piece:
            row = row + 1 if bad else 0
            longest = max(longest, row)
        refusals = [BAD if bad else GOOD for bad in piece]
        if longest >= run:
            lane.floods(*refusals)
            return
        lane.passes(*refusals)
