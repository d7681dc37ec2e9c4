"""The bookkeeping of one partition: order, bounds, and nothing after it has closed."""

from faust.types import TP
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from orchestrator.stream.flow import ONE_BY_ONE, Limits, Pace, PartitionFlow
from tests.unit.stream.samples import record, records

LIMITS = Limits(batch_records=4, pending_records=10, pending_bytes=200)


def open_flow(limits: Limits = LIMITS, start: int = 0, pace: Pace = ONE_BY_ONE) -> PartitionFlow:
    flow = PartitionFlow(TP("events", 0), limits, pace)
    flow.open_at(start)
    return flow


def asks(flow: PartitionFlow) -> bool:
    return flow.wants_more


def test_a_flow_asks_for_nothing_before_its_state_is_restored() -> None:
    flow = PartitionFlow(TP("events", 0), LIMITS)
    assert not asks(flow)
    flow.open_at(7)
    assert asks(flow)
    assert (flow.start, flow.done) == (7, 7)


def test_one_batch_is_out_at_a_time_and_what_came_meanwhile_is_the_next() -> None:
    flow = open_flow()
    flow.add(records([0]))
    first = flow.take()
    flow.add(records([1]))
    flow.add(records([2]))
    assert flow.take() is None
    assert flow.finish(1)
    second = flow.take()
    assert first is not None
    assert second is not None
    assert [r.offset for r in first] == [0]
    assert [r.offset for r in second] == [1, 2]


def test_the_oldest_is_the_first_of_the_batch_that_is_out_else_of_those_that_wait() -> None:
    flow = open_flow()
    seen = [flow.oldest_ms]
    flow.add([record(number, written_ms=number * 1_000) for number in range(9)])
    for done in (4, 8, 9):
        seen.append(flow.oldest_ms)
        flow.take()
        seen.append(flow.oldest_ms)
        flow.finish(done)
    assert [*seen, flow.oldest_ms] == [None, 0, 0, 4_000, 4_000, 8_000, 8_000, None]


def test_a_batch_has_a_bounded_number_of_records() -> None:
    flow = open_flow()
    flow.add(records(range(9)))
    batch = flow.take()
    assert batch is not None
    assert len(batch) == LIMITS.batch_records
    assert flow.pending == 5


def test_fetching_pauses_at_the_limit_of_records_and_goes_on_below_it() -> None:
    flow = open_flow()
    flow.add(records(range(9)))
    assert asks(flow)
    flow.add(records([9]))
    assert not asks(flow)
    flow.take()
    assert asks(flow)


def test_fetching_pauses_at_the_limit_of_bytes_and_goes_on_below_it() -> None:
    flow = open_flow()
    flow.add(records([0], size=199))
    assert asks(flow)
    flow.add(records([1], size=1))
    assert not asks(flow)
    flow.take()
    assert asks(flow)


def test_a_tombstone_weighs_nothing() -> None:
    """The Kafka client says -1 for the size of what is not there."""
    tombstone = record(0, None)
    tombstone.serialized_value_size = -1
    flow = open_flow(Limits(batch_records=1_000, pending_records=1_000, pending_bytes=10))
    flow.add([tombstone] * 100)
    flow.add(records([100], size=10))
    assert not asks(flow)


def test_a_closed_flow_drops_what_waited_and_takes_nothing_back() -> None:
    flow = open_flow()
    flow.add(records([0, 1]))
    flow.take()
    flow.close()
    assert flow.pending == 0
    assert not flow.finish(2)
    assert flow.done == 0


class Flow(RuleBasedStateMachine):
    """Any sequence of fetching, working and closing; batches abreast end in any order."""

    @initialize(abreast=st.integers(1, 3))
    def open(self, abreast: int) -> None:
        self.abreast = abreast
        self.flow = open_flow(pace=Pace(abreast=abreast))
        self.fetched = 0
        self.given: list[int] = []
        self.out: list[int] = []
        self.on_the_way: int | None = None
        self.begins: dict[int, int] = {}

    @rule(count=st.integers(1, 12))
    def fetch(self, count: int) -> None:
        before = self.flow.pending
        self.flow.add(records(range(self.fetched, self.fetched + count)))
        if self.flow.closed:
            assert self.flow.pending == before == 0
        else:
            self.fetched += count

    @rule()
    def take(self) -> None:
        batch = self.flow.take()
        if batch is None:
            enough = self.on_the_way is not None or len(self.out) >= self.abreast
            assert self.flow.closed or enough or self.flow.pending == 0
            return
        assert self.on_the_way is None
        assert len(self.out) < self.abreast
        assert 1 <= len(batch) <= LIMITS.batch_records
        self.given += [r.offset for r in batch]
        self.out.append(batch[-1].offset + 1)
        self.on_the_way = self.out[-1]
        self.begins[self.out[-1]] = batch[0].offset

    @precondition(lambda self: self.on_the_way is not None)
    @rule()
    def arrive(self) -> None:
        assert self.on_the_way is not None
        self.flow.arrive(self.on_the_way)
        self.on_the_way = None

    @precondition(lambda self: self.out)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        ended = self.out.pop(data.draw(st.integers(0, len(self.out) - 1)))
        if ended == self.on_the_way:
            self.on_the_way = None
        done = self.flow.done
        assert self.flow.finish(ended) is not self.flow.closed
        if self.flow.closed:
            assert self.flow.done == done

    @rule()
    def close(self) -> None:
        self.flow.close()

    @invariant()
    def every_record_is_given_once_in_order(self) -> None:
        assert self.given == list(range(len(self.given)))

    @invariant()
    def nothing_below_done_is_undone(self) -> None:
        first_out = min((self.begins[end] for end in self.out), default=len(self.given))
        assert self.flow.closed or self.flow.done == first_out
        assert self.flow.start <= self.flow.done <= first_out
        assert self.flow.is_idle or self.out or self.flow.closed

    @invariant()
    def only_an_open_flow_with_room_asks_for_more(self) -> None:
        room = self.flow.pending < LIMITS.pending_records
        if self.flow.wants_more:
            assert room
            assert not self.flow.closed


TestFlow = Flow.TestCase
TestFlow.settings = settings(stateful_step_count=30)
