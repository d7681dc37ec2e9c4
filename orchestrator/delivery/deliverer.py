"""Sees a batch of actions through to their outcomes at one downstream service."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from random import Random
from typing import Protocol

from msgspec import Struct

from orchestrator.clock import Clock
from orchestrator.core.actions import Action, Outcome, Service
from orchestrator.core.ids import ActionId
from orchestrator.delivery.calls import Call, UnsendableAction, call_for
from orchestrator.delivery.health import ServiceHealth
from orchestrator.delivery.lanes import Lane, lanes_of
from orchestrator.delivery.observer import Observer
from orchestrator.delivery.retry import Backoff, Retrier, Settled
from orchestrator.delivery.verdicts import Verdict


class Caller(Protocol):
    """One attempt at a service; ServiceClient is the real one."""

    @property
    def service(self) -> Service:
        """The service that is called."""
        ...

    async def send(self, call: Call) -> Verdict:
        """One attempt. Whatever the network does is a verdict; may be cancelled."""
        ...

    def health(self) -> ServiceHealth:
        """How the service fares."""
        ...


class Delivery(Struct, frozen=True):
    """How one action ended.

    `status` is the last HTTP status, if any came; `latency` the seconds since the batch was taken
    up; `at` the clock's time of the end; `response` the body of a rejection, at most 64 KB.
    """

    action_id: ActionId
    outcome: Outcome
    status: int | None
    attempts: int
    detail: str
    latency: float
    at: datetime
    response: bytes = b""


class Deliverer:
    """Delivers to one service, at most `in_flight` attempts at a time over all its batches.

    An urgent topic that must not queue behind an ordinary one gets a deliverer of its own; both
    share the client.
    """

    def __init__(
        self,
        client: Caller,
        *,
        clock: Clock,
        observer: Observer,
        random: Random,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        in_flight: int = 32,
        backoff: Backoff | None = None,
    ) -> None:
        self._client = client
        self._clock = clock
        self._observer = observer
        self._retrier = Retrier(
            clock=clock,
            random=random,
            sleep=sleep,
            slots=asyncio.Semaphore(in_flight),
            backoff=backoff or Backoff(),
        )

    async def deliver(self, actions: Sequence[Action]) -> list[Delivery]:
        """Return when every action has its outcome, in the order of `actions`.

        A learner's actions are sent one after the other, SEL interventions beside them; learners
        side by side. An action that is retried holds up its own lane only, but the batch waits for
        it; one that never expires may make it wait for ever. Cancelled, it breaks off the requests
        under way and reports nothing: the batch will be delivered again, with the same keys.
        """
        since = asyncio.get_running_loop().time()
        ended: dict[int, Delivery] = {}
        async with asyncio.TaskGroup() as tasks:
            for lane in lanes_of(actions):
                tasks.create_task(self._run(lane, actions, ended, since))
        deliveries = [ended[position] for position in range(len(actions))]
        for action, delivery in zip(actions, deliveries, strict=True):
            self._observer.on_outcome(self._client.service, action.type, delivery.outcome)
        return deliveries

    def health(self) -> ServiceHealth:
        """How the service fares."""
        return self._client.health()

    async def _run(
        self, lane: Lane, actions: Sequence[Action], ended: dict[int, Delivery], since: float
    ) -> None:
        for position in lane:
            ended[position] = await self._settle(actions[position], since)

    async def _settle(self, action: Action, since: float) -> Delivery:
        try:
            call = self._call(action)
        except UnsendableAction as error:
            return self._failed(action, error, since)

        async def attempt() -> Verdict:
            return await self._attempt(call)

        return self._ended(action, await self._retrier.settle(attempt, action.expires_at), since)

    def _call(self, action: Action) -> Call:
        call = call_for(action)
        if call.service is not self._client.service:
            raise UnsendableAction(
                f"{action.type} {action.action_id!r} is for {call.service}, "
                f"but was given to the deliverer of {self._client.service}"
            )
        return call

    async def _attempt(self, call: Call) -> Verdict:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        verdict = await self._client.send(call)
        self._observer.on_attempt(call.service, verdict.reason, loop.time() - begun)
        return verdict

    def _ended(self, action: Action, settled: Settled, since: float) -> Delivery:
        verdict = settled.verdict
        said = verdict.detail if verdict else "not attempted"
        expired = settled.outcome is Outcome.EXPIRED
        return Delivery(
            action_id=action.action_id,
            outcome=settled.outcome,
            status=verdict.status if verdict else None,
            attempts=settled.attempts,
            detail=f"expired, {said}" if expired else said,
            latency=self._elapsed(since),
            at=self._clock.now(),
            response=verdict.body if verdict and settled.outcome is Outcome.REJECTED else b"",
        )

    def _failed(self, action: Action, error: UnsendableAction, since: float) -> Delivery:
        return Delivery(
            action_id=action.action_id,
            outcome=Outcome.FAILED,
            status=None,
            attempts=0,
            detail=str(error),
            latency=self._elapsed(since),
            at=self._clock.now(),
        )

    def _elapsed(self, since: float) -> float:
        return asyncio.get_running_loop().time() - since
