"""A reader who takes its own writes from memory reads what stands in the log: all of it, in order.

The log is of one partition; what is written, acknowledged, read and written by others comes in any
order that Kafka allows.
"""

from collections import deque
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.stream.own_feed import IN_STEP, REST_MS, OwnFeed
from orchestrator.stream.own_writes import Written
from orchestrator.stream.records import Record

MARKER = None
"""What a transaction ends in; nobody is given it."""

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("own"), st.integers(1, 3)),
        st.tuples(st.just("in a transaction"), st.integers(1, 3)),
        st.sampled_from([("other", 1), ("acknowledge", 0), ("fetch", 1), ("fetch", 9)]),
    ),
    max_size=60,
)


class Partition:
    """Its log, the acknowledgements that are on their way, and one reader."""

    def __init__(self) -> None:
        self.log: list[int | None] = []
        self.read: list[int] = []
        self.position = 0
        self.taken = 0
        self._feed: OwnFeed[str] = OwnFeed()
        self._acks: deque[Written] = deque()

    def _write(self, count: int) -> int:
        first = len(self.log)
        self.log += range(first, first + count)
        return first

    def own(self, count: int) -> None:
        self._acks.append(_written(self._write(count), count))

    def in_a_transaction(self, count: int) -> None:
        """Told of when it is committed; its marker stands before the next of its producer."""
        first = self._write(count)
        self.log.append(MARKER)
        self._acks.append(_written(first, count)._replace(in_transaction=True))

    def other(self, count: int) -> None:
        self._write(count)

    def acknowledge(self, _count: int) -> None:
        if not self._acks:
            return
        written = self._acks.popleft()
        if self._feed.step("p", self.position, written, now=0.0).takes:
            self.read += range(written.first, written.after)
            self.position = written.after
            self.taken += 1

    def fetch(self, count: int) -> None:
        found = self.log[self.position : self.position + count]
        self.read += [each for each in found if each is not MARKER]
        self.position += len(found)


def _written(first: int, count: int) -> Written:
    return Written("t", 0, first, 0, 0, [Record(b"k", b"v")] * count)


@given(STEPS)
def test_nothing_is_read_twice_or_passed_over(steps: list[tuple[str, int]]) -> None:
    partition = Partition()
    for name, count in steps:
        getattr(partition, name.replace(" ", "_"))(count)
        whole: list[Any] = [each for each in partition.log if each is not MARKER]
        assert partition.read == whole[: len(partition.read)]
    partition.fetch(len(partition.log))
    assert partition.read == [each for each in partition.log if each is not MARKER]


def test_who_is_alone_is_never_asked_for() -> None:
    partition = Partition()
    for write in (partition.own, partition.in_a_transaction, partition.in_a_transaction):
        write(2)
        partition.acknowledge(0)
    assert (partition.taken, partition.read) == (3, [0, 1, 2, 3, 5, 6])


def test_another_record_where_a_marker_might_stand_is_not_taken_for_it() -> None:
    """What is not in a transaction may be written before the marker of the one before is."""
    feed: OwnFeed[str] = OwnFeed()
    assert feed.step("p", 0, _written(0, 2)._replace(in_transaction=True), now=0.0).takes
    assert not feed.step("p", 2, _written(3, 1), now=0.0).takes


def test_a_partition_rests_after_a_while_in_step_until_others_write_or_it_falls_silent() -> None:
    feed: OwnFeed[str] = OwnFeed()
    for offset in range(IN_STEP):
        feed.step("p", offset, _written(offset, 1), now=0.0)
        assert feed.resting_s(0.0) is None
    feed.step("p", IN_STEP, _written(IN_STEP, 1), now=0.0)
    assert feed.resting_s(0.0) == REST_MS / 1000
    assert feed.rests("p")
    assert feed.resting_s(REST_MS / 1000) is None
    assert not feed.rests("p")
    feed.step("p", IN_STEP + 1, _written(IN_STEP + 1, 1), now=1.0)
    assert feed.rests("p")
    assert feed.step("p", IN_STEP + 2, _written(IN_STEP + 5, 1), now=1.0).falls_out
    assert not feed.rests("p")


def test_what_was_fetched_before_its_acknowledgement_came_is_in_step_too() -> None:
    feed: OwnFeed[str] = OwnFeed()
    for offset in range(IN_STEP + 1):
        assert not feed.step("p", offset + 1, _written(offset, 1), now=0.0).takes
    assert feed.resting_s(0.0) is not None
