"""One attempt's consequence: the action has ended, or waits for another attempt."""

from datetime import datetime
from random import Random

from msgspec import Struct

from orchestrator.core.actions import Action, Outcome
from orchestrator.delivery.verdicts import Kind, Verdict


class Ended(Struct, frozen=True):
    """How an action ended. `response`: what a service said that refused it for good."""

    outcome: Outcome
    at: datetime
    attempts: int
    status: int | None = None
    detail: str = ""
    response: bytes = b""


class Again(Struct, frozen=True):
    """The action is to be looked at again, in so many seconds; `asked`: the service named them."""

    seconds: float
    detail: str
    status: int | None = None
    asked: bool = False


class Backoff(Struct, frozen=True):
    """The waits between attempts, in seconds.

    The n-th wait is drawn from [0, min(longest, first * 2^(n-1))] ("full jitter"), so that the
    callers of a service that returns do not arrive together.
    """

    first: float = 0.2
    longest: float = 30.0
    longest_retry_after: float = 300.0
    """A service that asks for a longer wait than this is asked again after this."""

    def wait(self, attempts: int, retry_after: float | None, random: Random) -> float:
        """Seconds until the next attempt after so many; a wait that was asked for is kept to."""
        if retry_after is not None:
            asked = min(retry_after, self.longest_retry_after)
            return asked + random.uniform(0.0, self.first)
        # The exponent is bounded because an intervention is retried for days.
        ceiling = min(self.longest, self.first * 2.0 ** min(attempts - 1, 63))
        return random.uniform(0.0, ceiling)


def expiry(action: Action) -> datetime | None:
    """When the action's time is over; None if never."""
    at = action.expires_at
    # A time without a zone is refused where the call is made (calls.py), as a fault of the action.
    return None if at is None or at.tzinfo is None else at


def expired(action: Action, now: datetime, attempts: int, said: str = "") -> Ended | None:
    """The end of an action whose time is over, else None; `said`: what its last attempt came to."""
    at = expiry(action)
    if at is None or now < at:
        return None
    detail = f"expired, {said}" if attempts else "expired before an attempt"
    return Ended(Outcome.EXPIRED, now, attempts, detail=detail)


def erased(now: datetime, attempts: int) -> Ended:
    """The end of an action whose learner was erased; what a service said of it is not kept."""
    detail = "erased after an attempt" if attempts else "erased before an attempt"
    return Ended(Outcome.ERASED, now, attempts, detail=detail)


def consequence(
    action: Action,
    verdict: Verdict,
    *,
    attempts: int,
    now: datetime,
    backoff: Backoff,
    random: Random,
) -> Ended | Again:
    """What follows from a verdict after `attempts` of them, this one included.

    An action that would be over before its next attempt is attempted once more within what
    remains; unless the service has asked for more time than that: then it waits for its expiry.
    """
    if verdict.kind is Kind.DELIVERED:
        return Ended(Outcome.DELIVERED, now, attempts, verdict.status, verdict.detail)
    if verdict.kind is Kind.REJECTED:
        return Ended(Outcome.REJECTED, now, attempts, verdict.status, verdict.detail, verdict.body)
    asked = verdict.retry_after is not None
    seconds = backoff.wait(attempts, verdict.retry_after, random)
    if action.expires_at is not None:
        remaining = max(0.0, (action.expires_at - now).total_seconds())
        if seconds >= remaining:
            seconds = remaining if asked else random.uniform(0.0, remaining)
    return Again(seconds, verdict.detail, verdict.status, asked)


def counts_as_trouble(verdict: Verdict) -> bool:
    """Whether the breaker takes it as a failure: no answer, or a 5xx; not 4xx, 429 among them."""
    return verdict.kind is Kind.RETRY and (verdict.status is None or verdict.status >= 500)
