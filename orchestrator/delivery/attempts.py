"""One attempt at a service: the call, its verdict, what follows, and the breaker's opinion."""

import asyncio
from functools import partial
from random import Random
from typing import Protocol

import structlog

from orchestrator.clock import Clock
from orchestrator.core.actions import Action, Outcome, Service
from orchestrator.delivery.breaker import Breaker, Permit
from orchestrator.delivery.calls import Call, UnsendableAction, call_for
from orchestrator.delivery.observer import Observer
from orchestrator.delivery.settling import Again, Backoff, Ended, consequence, counts_as_trouble
from orchestrator.delivery.traces import Traces
from orchestrator.delivery.verdicts import Verdict

log = structlog.get_logger(__name__)


class Caller(Protocol):
    """One attempt at a service; ServiceClient is the real one."""

    @property
    def service(self) -> Service:
        """The service that is called."""
        ...

    async def send(self, call: Call) -> Verdict:
        """One attempt. Whatever the network does is a verdict; may be cancelled."""
        ...


class Attempts:
    """Makes attempts at one service, while its breaker allows."""

    def __init__(
        self,
        client: Caller,
        *,
        breaker: Breaker,
        clock: Clock,
        observer: Observer,
        random: Random,
        backoff: Backoff | None = None,
        traces: Traces | None = None,
    ) -> None:
        self.service = client.service
        self.breaker = breaker
        self.observer = observer
        self._client = client
        self._clock = clock
        self._random = random
        self._backoff = backoff or Backoff()
        self._traces = traces

    async def attempt(self, action: Action, attempts: int, permit: Permit) -> Ended | Again:
        """Call the service for the `attempts`-th time, on the breaker's permit."""
        try:
            call = self._call_for(action)
        except UnsendableAction as error:
            self.breaker.abandoned(permit)
            return Ended(Outcome.FAILED, self._clock.now(), attempts - 1, detail=str(error))
        if self._traces is None:
            verdict = await self._call(permit, call)
        else:
            send = partial(self._call, permit)
            verdict = await self._traces.attempt(action, attempts, call, send)
        return consequence(
            action,
            verdict,
            attempts=attempts,
            now=self._clock.now(),
            backoff=self._backoff,
            random=self._random,
        )

    def _call_for(self, action: Action) -> Call:
        call = call_for(action)
        if call.service is not self.service:
            raise UnsendableAction(
                f"{action.type} {action.action_id!r} stood in a topic of {self.service}, "
                f"and is for {call.service}"
            )
        return call

    async def _call(self, permit: Permit, call: Call) -> Verdict:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            verdict = await self._client.send(call)
        except BaseException:
            self.breaker.abandoned(permit)
            raise
        self.observer.on_attempt(self.service, verdict.reason, loop.time() - began)
        self._tell_breaker(verdict, permit)
        return verdict

    def _tell_breaker(self, verdict: Verdict, permit: Permit) -> None:
        was_open = self.breaker.is_open
        if counts_as_trouble(verdict):
            self.breaker.failed(permit)
        else:
            self.breaker.succeeded()
        if self.breaker.is_open != was_open:
            state = "open" if self.breaker.is_open else "closed"
            log.warning("breaker", service=self.service, state=state, detail=verdict.summary)
