"""What the lean fetcher asks for, held against the Kafka client's own."""

import asyncio
from collections import Counter
from types import SimpleNamespace
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import Fetcher
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.stream.lean_fetcher import LeanFetcher

NODES = (-1, 0, 1, 2)
"""-1: a partition without a leader."""


class Partition(NamedTuple):
    """One partition as the client sees it. `untaken_s`: patience with what was not taken yet."""

    leader: int
    position: int | None
    paused: bool
    untaken_s: float | None


PARTITIONS = st.lists(
    st.builds(
        Partition,
        leader=st.sampled_from((0, 0, 1, 1, 2, -1)),
        position=st.one_of(st.integers(0, 9), st.integers(0, 9), st.none()),
        paused=st.sampled_from((False, False, False, True)),
        untaken_s=st.sampled_from((None, None, None, 0, 0.05, 0.1)),
    ),
    min_size=1,
    max_size=12,
)


class Subscriptions:
    """Of a client that has no assignment yet, so that its own task waits."""

    subscription = None

    def register_fetch_waiters(self, _waiters: object) -> None:
        pass

    def wait_for_assignment(self) -> asyncio.Future[None]:
        return asyncio.get_running_loop().create_future()


class Situation:
    """Partitions at a fetcher of either kind."""

    def __init__(self, kind: type[Fetcher], partitions: list[Partition], busy: set[int]) -> None:
        self.tps = {TopicPartition(f"t{n % 3}", n): each for n, each in enumerate(partitions)}
        cluster = SimpleNamespace(leader_for_partition=lambda tp: self.tps[tp].leader)
        client = SimpleNamespace(
            cluster=cluster, _loop=asyncio.get_running_loop(), _metadata_max_age_ms=1
        )
        self.fetcher = kind(client, Subscriptions())
        self.fetcher._in_flight = set(busy)
        for tp, each in self.tps.items():
            if each.untaken_s is not None:
                wait_s = each.untaken_s
                self.fetcher._records[tp] = SimpleNamespace(calculate_backoff=lambda s=wait_s: s)
        states = {tp: self._state(each) for tp, each in self.tps.items()}
        self.assignment = SimpleNamespace(tps=frozenset(states), state_value=states.__getitem__)

    @staticmethod
    def _state(each: Partition) -> Any:
        return SimpleNamespace(
            paused=each.paused,
            position=each.position,
            has_valid_position=each.position is not None,
            resume_fut=id(each),
        )

    async def asks(self) -> tuple[Any, ...]:
        """Who is asked for what, whose offsets are looked up, how long to wait, stale metadata."""
        requests, resets, wait_s, stale, resumes = self.fetcher._get_actions_per_node(
            self.assignment
        )
        await self.fetcher.close()
        places = {
            node: Counter((topic, *each) for topic, parts in request.topics for each in parts)
            for node, request in requests
        }
        lookups = {node: Counter(tps) for node, tps in resets.items()}
        return places, lookups, wait_s, stale, Counter(resumes)


@given(PARTITIONS, st.sets(st.sampled_from(NODES[1:])))
def test_it_asks_for_what_the_clients_own_does(partitions: list[Partition], busy: set[int]) -> None:
    async def both() -> tuple[Any, Any]:
        lean = await Situation(LeanFetcher, partitions, busy).asks()
        return lean, await Situation(Fetcher, partitions, busy).asks()

    lean, reference = asyncio.run(both())
    assert lean == reference


@given(PARTITIONS)
def test_while_no_broker_is_free_it_looks_at_none(partitions: list[Partition]) -> None:
    """The second look of a fetch, at which the client's own looks at each partition again."""
    settled = [each._replace(leader=1, position=3, paused=False) for each in partitions]

    async def second_look() -> Any:
        situation = Situation(LeanFetcher, settled, set())
        situation.fetcher._records.clear()
        situation.fetcher._get_actions_per_node(situation.assignment)
        situation.fetcher._in_flight = {1}
        situation.assignment.tps = None  # nobody may look
        return await situation.asks()

    assert asyncio.run(second_look())[0] == {}
