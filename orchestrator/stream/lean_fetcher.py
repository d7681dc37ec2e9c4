"""The Kafka client's fetcher, for a reader of dozens of partitions.

The client looks at each partition whenever anything happens: twice a fetch and at every seek, which
cost more than what was fetched. This one looks once a fetch, and only where a broker may be asked;
and it passes over what this worker has written itself (own_feed.py).
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

from aiokafka.consumer.fetcher import Fetcher
from aiokafka.protocol.fetch import FetchRequest

from orchestrator.stream.own_feed import REST_MS, OwnFeed
from orchestrator.stream.own_writes import Written

Actions = tuple[list[Any], dict[Any, Any], float, bool, list[Any]]
"""As the client's: requests, offsets to look up, seconds to wait, stale metadata, what resumes."""


class LeanFetcher(Fetcher):
    """Asks for what the client's own would, but for the order of the partitions in a request.

    The client shuffles them, so that none starves; with fetch sessions (fetch_session.py) the
    broker sees to that.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._leaders: set[int] = set()
        self._seen: object = None
        self._own: OwnFeed[Any] = OwnFeed()

    def take_own(self, tp: Any, written: Written) -> bool:
        """Whether `written` is what would be read next of `tp`; then it is passed over.

        What is under way, or was fetched and not handed out, is of another position now, and the
        client drops it.
        """
        subscription = self._subscriptions.subscription
        assignment = None if subscription is None else subscription.assignment
        if assignment is None or tp not in assignment.tps:
            return False
        state = assignment.state_value(tp)
        if not state.has_valid_position:
            return False
        step = self._own.step(tp, state.position, written, time.monotonic())
        if step.takes:
            state.seek(written.after)
            state.highwater = max(state.highwater or 0, written.after)
            state.lso = max(state.lso or 0, written.after)
        elif step.falls_out:
            self._notify(self._wait_consume_future)
        return step.takes

    def _get_actions_per_node(self, assignment: Any) -> Actions:
        resting_s = self._own.resting_s(time.monotonic())
        held_back = self._held_back()
        busy = self._in_flight | held_back.keys()
        wait_s = min(held_back.values(), default=self._fetcher_timeout)
        if resting_s is not None:
            wait_s = min(wait_s, resting_s)
        if self._seen is assignment and self._leaders <= busy:
            return [], {}, wait_s, False, []
        patience = self._fetch_max_wait_ms if resting_s is None else REST_MS
        requests = self._requests(assignment, busy, patience)
        if requests is None:
            self._seen = None
            actions: Actions = super()._get_actions_per_node(assignment)
            return actions
        return requests, {}, wait_s, False, []

    def _held_back(self) -> dict[int, float]:
        """Brokers not to be asked while something of theirs is not taken; seconds of patience."""
        found: dict[int, float] = {}
        for tp, fetched in self._records.items():
            wait_s = fetched.calculate_backoff()
            if wait_s:
                node = self._client.cluster.leader_for_partition(tp)
                found[node] = max(wait_s, found.get(node, 0.0))
        return found

    def _requests(self, assignment: Any, busy: set[int], patience: int) -> list[Any] | None:
        """A request for each broker that is free; None if it takes more than requests."""
        leader_of = self._client.cluster.leader_for_partition
        limit, taken = self._max_partition_fetch_bytes, self._records
        places: dict[int, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        leaders = set()
        for tp in assignment.tps:
            state, node = assignment.state_value(tp), leader_of(tp)
            leaders.add(node)
            if tp in taken or self._own.rests(tp):
                continue
            if not _is_known(node):
                return None
            if node in busy:
                continue
            if state.paused or not state.has_valid_position:
                return None
            places[node][tp.topic].append((tp.partition, state.position, limit))
        self._seen = assignment if all(map(_is_known, leaders)) else None
        self._leaders = leaders
        return [(node, self._request(by_topic, patience)) for node, by_topic in places.items()]

    def _request(self, by_topic: dict[str, list[Any]], patience: int) -> FetchRequest:
        return FetchRequest(
            patience,
            self._fetch_min_bytes,
            self._fetch_max_bytes,
            self._isolation_level,
            list(by_topic.items()),
        )


def _is_known(leader: int | None) -> bool:
    return leader is not None and leader >= 0
