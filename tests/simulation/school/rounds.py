"""Delivery without its clocks: rounds of attempts, over the product's own books and lanes.

The desk's engine (waits, breaker, slots) has simulations of its own, in tests/simulation/delivery.
"""

from collections.abc import Callable, Iterable, Sequence
from random import Random

from agents.deliver import DeliveryStore
from agents.ports import Host
from orchestrator.clock import Clock
from orchestrator.core.actions import Action, ActionType, Outcome, Service, decode_action
from orchestrator.core.ids import learner_key
from orchestrator.delivery.arrivals import Arrival, accepted
from orchestrator.delivery.books import Books
from orchestrator.delivery.calls import call_for
from orchestrator.delivery.lanes import Lane
from orchestrator.delivery.rows import Waiting
from orchestrator.delivery.settling import Again, Backoff, Ended, consequence, expired
from orchestrator.stream.records import RawRecord
from orchestrator.stream.tables import PartitionTable
from tests.simulation.school.downstream import Downstream
from tests.simulation.school.steps import step

BACKOFF = Backoff()


class Rounds:
    """One service's deliveries of one partition, from its opening until it goes.

    `unwritten`: whose call was made, and its consequence is not durable yet.
    """

    def __init__(
        self,
        service: Service,
        partition: int,
        host: Host,
        table: PartitionTable,
        downstream: Downstream,
        clock: Clock,
        random: Random,
        may_call: Callable[[], bool],
    ) -> None:
        self._partition = partition
        self._books = Books(service, partition, DeliveryStore(host, table))
        self._downstream = downstream
        self._clock = clock
        self._random = random
        self._may_call = may_call
        self._lanes: dict[tuple[bytes, ActionType], Lane] = {}
        self._superseded = False
        self.unwritten: set[str] = set()

    @property
    def waits(self) -> bool:
        return any(lane.line for lane in self._lanes.values())

    async def open(self) -> None:
        """Go on with what waited."""
        for key, waiting in await self._books.open():
            self._line_up(key, waiting, decode_action(waiting.raw))

    async def close(self) -> None:
        """Write down what has ended."""
        await self._books.close()

    async def take(self, records: Sequence[RawRecord]) -> None:
        """Each action has its outcome afterwards, or waits durably."""
        lanes = [lane for each in records if (lane := self._arrived(each)) is not None]
        await self._attempt(dict.fromkeys(lanes))
        for lane in lanes:
            for waiting, _ in lane.line:
                self._books.save(lane.key, waiting)
        await self._flush()

    async def go_round(self) -> None:
        """Attempt once more what waits."""
        await self._attempt([lane for lane in self._lanes.values() if lane.line])
        await self._flush()

    def _arrived(self, record: RawRecord) -> Lane | None:
        action = decode_action(record.value or b"")
        key = learner_key(action.tenant_id, action.learner_id)
        waiting = accepted(self._books, Arrival(key, record.offset, action))
        if waiting is None:
            return None
        self._books.add(key, waiting)
        return self._line_up(key, waiting, action)

    def _line_up(self, key: bytes, waiting: Waiting, action: Action) -> Lane:
        name = (key, action.type)
        lane = self._lanes.setdefault(name, Lane(self._partition, key, action.type))
        lane.line.append((waiting, action))
        return lane

    async def _flush(self) -> None:
        await self._books.flush()
        self.unwritten.clear()

    async def _attempt(self, lanes: Iterable[Lane]) -> None:
        for lane in lanes:
            while lane.line and await self._moved(lane):
                pass

    async def _moved(self, lane: Lane) -> bool:
        """Whether the lane is to be looked at again at once."""
        waiting, action = lane.line[0]
        ended: Ended | Again | None = self._unattempted_end(lane, waiting, action)
        if ended is None and self._superseded:
            # As the desk does: what is superseded is so durably before a newer one is called.
            await self._flush()
            self._superseded = False
            return True
        if ended is None and not self._may_call():
            return False
        if ended is None:
            ended = await self._called(waiting, action)
        if isinstance(ended, Again):
            waiting.parked, waiting.said = True, ended.detail
            self._books.save(lane.key, waiting)
            return False
        self._superseded |= ended.outcome is Outcome.SUPERSEDED
        lane.line.popleft()
        self._books.end(lane.key, waiting, action, ended)
        return True

    async def _called(self, waiting: Waiting, action: Action) -> Ended | Again:
        now = self._clock.now()
        self.unwritten.add(action.action_id)
        verdict = self._downstream.answer(call_for(action), now)
        await step()
        waiting.attempts += 1
        return consequence(
            action,
            verdict,
            attempts=waiting.attempts,
            now=now,
            backoff=BACKOFF,
            random=self._random,
        )

    def _unattempted_end(self, lane: Lane, waiting: Waiting, action: Action) -> Ended | None:
        now = self._clock.now()
        if waiting.parked and lane.is_superseded:
            return Ended(Outcome.SUPERSEDED, now, waiting.attempts, detail="a newer one waits too")
        if self._books.is_overtaken(lane.key, waiting, action):
            return Ended(Outcome.SUPERSEDED, now, waiting.attempts, detail="a newer one arrived")
        return expired(action, now, waiting.attempts, waiting.said)
