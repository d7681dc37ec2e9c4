"""However the work is shared out, the result is the same."""

from functools import reduce
from itertools import groupby, islice

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.pair import Pair
from orchestrator.comparison.summarising import Reading, summarise
from orchestrator.comparison.summary import encode_comparison
from orchestrator.comparison.tally import Tally, decode_tally, encode_tally
from orchestrator.core.events import Event
from orchestrator.core.ids import learner_key
from tests.comparison_example import header
from tests.properties.comparison.log import real_log
from tests.unit.comparison.samples import KEY, SOONER, Feed, classroom
from tests.unit.core.samples import POLICY

EVENTS = list(classroom(24, 1_500))
LOG = real_log(learners=12, events=600, live=POLICY)


def part(events: list[Event]) -> bytes:
    return encode_tally(Feed(SOONER).sees(*events).tally)


def number_of(event: Event) -> int:
    return sum(learner_key(event.tenant_id, event.learner_id)) % 4


APART = [part(list(events)) for _, events in groupby(sorted(EVENTS, key=number_of), key=number_of)]
"""Each learner in one part, as partitions are."""
MIXED = [part(EVENTS[first : first + 400]) for first in range(0, len(EVENTS), 400)]
"""Learners in several parts, as after a change of the number of partitions."""
WHOLE = part(EVENTS)


def shown(tally: Tally) -> bytes:
    coverage = Coverage(read=1, learners=24, learner_days=100, outcomes={"decided": 1})
    return encode_comparison(summarise(tally, coverage, header(), Reading(KEY)))


def merged(one: Tally, other: Tally) -> Tally:
    one.merge(other)
    return one


@given(st.permutations(APART), st.integers(1, 3))
def test_the_parts_of_a_whole_are_the_whole_in_any_order(parts: list[bytes], half: int) -> None:
    tallies = [decode_tally(raw) for raw in parts]
    left, right = reduce(merged, tallies[:half]), reduce(merged, tallies[half:])
    assert shown(merged(left, right)) == shown(decode_tally(WHOLE))


@given(st.permutations(MIXED), st.integers(1, 3))
def test_merging_is_commutative_and_associative(parts: list[bytes], half: int) -> None:
    tallies = [decode_tally(raw) for raw in parts]
    left, right = reduce(merged, tallies[:half]), reduce(merged, tallies[half:])
    in_order = reduce(merged, [decode_tally(raw) for raw in MIXED])
    assert shown(merged(left, right)) == shown(in_order)


def test_nothing_more_changes_nothing() -> None:
    assert shown(merged(Tally(), decode_tally(WHOLE))) == shown(decode_tally(WHOLE))
    assert shown(merged(decode_tally(WHOLE), Tally())) == shown(decode_tally(WHOLE))


@settings(max_examples=10)
@given(st.lists(st.integers(1, 200), min_size=1))
def test_the_borders_of_chunks_leave_no_mark(sizes: list[int]) -> None:
    for partition, records in LOG.items():
        at_once = Pair(partition, POLICY, SOONER, Tally(), Coverage())
        at_once.feed(*zip(*((r.offset, r.key, r.value) for r in records), strict=True))
        in_chunks = Pair(partition, POLICY, SOONER, Tally(), Coverage())
        rest = iter(records)
        for size in [*sizes, len(records)]:
            if chunk := list(islice(rest, size)):
                in_chunks.feed(*zip(*((r.offset, r.key, r.value) for r in chunk), strict=True))
        assert encode_tally(in_chunks.tally) == encode_tally(at_once.tally)
        assert in_chunks.coverage == at_once.coverage
