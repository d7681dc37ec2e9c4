"""How actions that stand at a desk end, with or without an attempt."""

from collections.abc import Mapping

from orchestrator.clock import Clock
from orchestrator.core.actions import Outcome, Service
from orchestrator.delivery.arrivals import ErasureArrival
from orchestrator.delivery.books import Books
from orchestrator.delivery.lanes import Lane
from orchestrator.delivery.observer import Observer
from orchestrator.delivery.queues import Queues
from orchestrator.delivery.rows import Erased
from orchestrator.delivery.settling import Ended, erased, expired


class Endings:
    """Notes ends in the books, to be written with their next group."""

    def __init__(
        self, queues: Queues, *, service: Service, clock: Clock, observer: Observer
    ) -> None:
        self._queues = queues
        self._service = service
        self._clock = clock
        self._observer = observer

    def end_head(self, lane: Lane, books: Books, ended: Ended) -> None:
        """The lane's head has ended."""
        waiting, action = lane.line[0]
        self._queues.leave(lane)
        lane.unwritten = lane.unwritten or ended.outcome is Outcome.SUPERSEDED
        books.end(lane.key, waiting, action, ended)
        self._observer.on_ended(self._service, action, ended)

    def unattempted(self, lane: Lane, books: Books) -> Ended | None:
        """The end of a head that need not be attempted any more."""
        if (end := self.erased(lane, books)) is not None:
            return end
        waiting, action = lane.line[0]
        now = self._clock.now()
        if waiting.parked and lane.is_superseded:
            return Ended(Outcome.SUPERSEDED, now, waiting.attempts, detail="a newer one waits too")
        if books.is_overtaken(lane.key, waiting, action):
            return Ended(Outcome.SUPERSEDED, now, waiting.attempts, detail="a newer one arrived")
        return expired(action, now, waiting.attempts, waiting.said)

    def erased(self, lane: Lane, books: Books) -> Ended | None:
        """The end of a head that waits since before its learner was erased."""
        waiting, action = lane.line[0]
        if not books.is_erased(lane.key, waiting, action):
            return None
        return erased(self._clock.now(), waiting.attempts)

    def erase(self, partition: int, books: Books, arrival: ErasureArrival) -> None:
        """End what waits of an erased learner at once, whether the service is there or not."""
        books.erase(arrival.key, arrival.kinds, Erased(arrival.decided, arrival.offset))
        for lane in self._queues.of_learner(partition, arrival.key, arrival.kinds):
            if lane.busy is None:  # whoever works on it looks for itself
                self.end_unattempted(lane, books, len(lane.line))
                self._queues.wait([lane])

    def end_unattempted(self, lane: Lane, books: Books, most: int) -> int:
        """End the heads of a lane that rests, as far as they need no attempt; how many."""
        ended = 0
        while lane.line and ended < most:
            end = self.unattempted(lane, books)
            if end is None:
                break
            self.end_head(lane, books, end)
            ended += 1
        if not lane.line:
            self._queues.remove_waiting(lane)
        return ended

    def end_expired(self, books: Mapping[int, Books], most: int) -> tuple[int, set[Books]]:
        """End what has expired in lanes that rest, of all partitions; (how many, whose)."""
        ended, touched, now = 0, set(), self._clock.now()
        while ended < most and (lane := self._queues.pop_expired(now)) is not None:
            theirs = books[lane.partition]
            ended += self.end_unattempted(lane, theirs, most - ended)
            self._queues.wait([lane])
            touched.add(theirs)
        return ended, touched
