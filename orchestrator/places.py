"""What must move in a worker while it has work: its partitions, unless a service is away."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from orchestrator.core.actions import Service
from orchestrator.observability.stuck.standstill import Place
from orchestrator.read_model.ahead import ACTION_TOPICS
from orchestrator.stream.lag import Progress
from orchestrator.topics import ACTIONS_URGENT


class Desk(Protocol):
    """What is asked of a service's desk."""

    def holds_back(self, partition: int, *, urgent: bool) -> bool:
        """Whether actions of the partition are left in their topic."""
        ...


def places_of(partitions: Iterable[Progress], desks: Mapping[Service, Desk]) -> Iterator[Place]:
    """The partitions as places.

    A desk at which enough waits for a service that is away leaves the rest in its topic, for hours
    if need be. That is no standstill: its breaker and its lag tell of it.
    """
    for topic, number, done, has_work in partitions:
        service = ACTION_TOPICS.get(topic)
        held_back = service is not None and desks[service].holds_back(
            number, urgent=topic == ACTIONS_URGENT
        )
        yield Place(f"{topic}-{number}", done, has_work and not held_back)
