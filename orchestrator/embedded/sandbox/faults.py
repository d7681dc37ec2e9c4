"""How a service can misbehave on purpose."""

from collections import deque
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Service(StrEnum):
    """The services the sandbox stands in for."""

    LEARNER = "learner-svc"
    NOTIFICATION = "notification-svc"


class Mode(StrEnum):
    """What becomes of a call."""

    OK = "ok"
    SERVER_ERROR = "500"
    TOO_MANY = "429"
    BAD_REQUEST = "400"
    TIMEOUT = "timeout"
    """Taken, never answered and never applied."""
    SLOW = "slow"
    """Answered as usual, after `delay` seconds."""
    SLOW_BODY = "slow_body"
    """Applied and answered, but half of the answer's body takes `delay` seconds to follow."""
    RESET = "reset"
    """The connection is reset before the call is applied."""
    ACCEPT_THEN_RESET = "accept_then_reset"
    """Applied, and the connection reset before the answer: the caller cannot know."""


class Fault(BaseModel):
    """A service's behaviour for the next `times` calls, or until it is told otherwise (null).

    `retry_after`: seconds, sent as Retry-After with 429 and 500. `delay`: seconds, for slow and
    slow_body.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: Service
    mode: Mode
    times: int | None = Field(default=None, ge=1)
    retry_after: int | None = Field(default=None, ge=0)
    delay: float = Field(default=1.0, ge=0, le=3600)


class FaultBoard:
    """The behaviour in force, by service."""

    def __init__(self) -> None:
        self._faults: dict[Service, deque[Fault]] = {service: deque() for service in Service}

    def put(self, *faults: Fault) -> None:
        """Let each one's service behave so from its next call on, through one after the other."""
        for service in {fault.service for fault in faults}:
            self._faults[service].clear()
        for fault in faults:
            self._faults[fault.service].append(fault)

    def in_force(self, service: Service) -> Fault:
        """How the service's next call will go."""
        faults = self._faults[service]
        return faults[0] if faults else Fault(service=service, mode=Mode.OK)

    def take(self, service: Service) -> Fault:
        """Return how this call goes, and count it."""
        fault, faults = self.in_force(service), self._faults[service]
        if fault.times == 1:
            faults.popleft()
        elif fault.times is not None:
            faults[0] = fault.model_copy(update={"times": fault.times - 1})
        return fault
