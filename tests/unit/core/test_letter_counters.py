"""Dead letters are counted once a source, whatever is written again and in whatever order."""

import msgspec
import pytest

from orchestrator.core.counters import encode_counters
from orchestrator.core.letter_counters import MOST_SERIES, REMEMBERED, LetterCounters, series_of
from orchestrator.topics import ACTIONS_URGENT, EVENTS

SEL, COURSEWORK = "redis:aivo.events.sel", "redis:aivo.events.coursework"


class Counting:
    """Counters, and the offsets of the dead-letters topic one after the other."""

    def __init__(self) -> None:
        self.counters = LetterCounters()
        self._offset = 0

    def letters(self, *sources: str) -> int:
        """Write letters of these sources; how many of them were counted."""
        counted = 0
        for source in sources:
            counted += self.counters.count_letter(self._offset, source, "reason", EVENTS)
            self._offset += 1
        return counted


@pytest.fixture
def counting() -> Counting:
    return Counting()


def entries(stream: str, *ids: int) -> list[str]:
    return [f"{stream}:1767600000000-{number}" for number in ids]


def test_what_the_bridge_writes_again_after_a_crash_is_counted_once(counting: Counting) -> None:
    piece = entries(SEL, 3, 7, 8)
    assert counting.letters(*piece) == 3
    assert counting.letters(*piece, *entries(SEL, 9)) == 1
    assert counting.counters.entrance == 4
    assert counting.counters.counts == {"reason": 4}


def test_streams_do_not_know_of_one_another(counting: Counting) -> None:
    assert counting.letters(*entries(SEL, 5), *entries(COURSEWORK, 2, 5), *entries(SEL, 2)) == 4


def test_an_entry_that_was_taken_over_late_is_counted_though_younger_ones_are(
    counting: Counting,
) -> None:
    assert counting.letters(*entries(SEL, 10, 11, 12, 4)) == 4
    assert counting.letters(*entries(SEL, 4, 11)) == 0


def test_a_stream_that_is_read_again_from_its_beginning_counts_nothing(counting: Counting) -> None:
    whole = entries(SEL, *range(10 * REMEMBERED))
    assert counting.letters(*whole) == len(whole)
    assert counting.letters(*whole) == 0
    assert counting.letters(*entries(SEL, 10 * REMEMBERED)) == 1


def test_ids_are_ordered_as_numbers(counting: Counting) -> None:
    for number in range(REMEMBERED + 5):
        assert counting.letters(f"{SEL}:{number}-0") == 1
    assert counting.letters(f"{SEL}:9-0", f"{SEL}:100-0", f"{SEL}:99-0") == 2


def test_a_letter_that_a_record_caused_is_known_by_its_offset(counting: Counting) -> None:
    sources = [f"kafka:{EVENTS}:0:5", f"kafka:{EVENTS}:0:9", f"kafka:{ACTIONS_URGENT}:0:5"]
    assert counting.letters(*sources, *sources) == 3
    assert (counting.counters.events, counting.counters.entrance) == (2, 0)


def test_refused_actions_are_known_by_their_ids(counting: Counting) -> None:
    assert counting.letters("action:a", "action:b", "action:a") == 2
    assert (counting.counters.events, counting.counters.entrance) == (0, 0)


def test_a_batch_that_is_read_again_counts_nothing_even_without_any_source() -> None:
    counters = LetterCounters()
    assert counters.count_letter(4, "", "unreadable", EVENTS)
    assert counters.count_letter(5, "", "unreadable", EVENTS)
    assert not counters.count_letter(4, "", "unreadable", EVENTS)
    assert counters.counts == {"unreadable": 2}


def test_the_row_stays_small_whatever_is_written_into_the_topic(counting: Counting) -> None:
    counting.letters(*(f"redis:stream {n}:{n}-0" for n in range(3 * MOST_SERIES)))
    for stream in range(6):
        counting.letters(*(f"redis:stream {stream}:1767600000000-{n}" for n in range(999)))
    raw = encode_counters(counting.counters)
    assert len(raw) < 30_000
    assert msgspec.json.decode(raw, type=LetterCounters) == counting.counters


ODD = """redis: redis:s:5 redis:s:5- redis:s:-5 redis::1-1 redis:s:1-٣
redis:s:9999999999999999999-0 kafka:t:0: kafka:t:0:1-1 file:1-1 action:5-5"""


@pytest.mark.parametrize("source", ["", *ODD.split()])
def test_other_sources_stand_in_no_series(source: str) -> None:
    assert series_of(source) is None
