"""What was called: the newest calls whole, and every idempotency key ever seen."""

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from orchestrator.embedded.sandbox.faults import Mode, Service

REMEMBERED = 10_000


@dataclass
class Call:
    """One call as it came, and what became of it."""

    service: Service
    method: str
    path: str
    learner_id: str
    key: str
    """The Idempotency-Key header, "" if there was none."""
    tenant_id: str
    """The X-Tenant-Id header, "" if there was none."""
    headers: dict[str, str]
    """As they came; GET /calls shows them without what authorizes."""
    body: Any
    """The JSON of the body, or its text if it is none."""
    digest: bytes
    received_at: datetime
    monotonic: float
    """Seconds of a clock that never jumps; only differences mean anything."""
    mode: Mode = Mode.OK
    """How the service behaved."""
    status: int | None = None
    """The answer's status; None while, and if ever, there is no answer."""
    applied: bool = False
    """Whether it took effect: at most one call of a key does."""
    repeated: bool = False
    """Whether another call of its key took effect before."""
    reason: str = ""
    """Why it was refused."""

    def as_json(self, times: int) -> dict[str, Any]:
        """The call as GET /calls shows it; `times`: how often its key was received."""
        shown = asdict(self)
        del shown["digest"]
        shown["headers"] = {
            name: "(not shown)" if name.lower() == "authorization" else value
            for name, value in self.headers.items()
        }
        shown["received_at"] = self.received_at.isoformat()
        shown["times"] = times
        return shown


class CallLog:
    """The calls of both services. Holds the last 10,000 whole, and counts by key without end."""

    def __init__(self) -> None:
        self._newest: deque[Call] = deque(maxlen=REMEMBERED)
        self._times: dict[str, int] = {}
        self._applied: dict[str, bytes] = {}
        self.received = 0

    def __iter__(self) -> Iterator[Call]:
        """The remembered calls, oldest first."""
        return iter(tuple(self._newest))

    def __len__(self) -> int:
        return len(self._newest)

    @property
    def applied(self) -> int:
        """How many keys took effect."""
        return len(self._applied)

    def applied_keys(self) -> list[str]:
        """The keys that took effect, in that order."""
        return list(self._applied)

    def times(self, key: str) -> int:
        """How often a key was received."""
        return self._times.get(key, 0)

    def add(self, call: Call) -> None:
        """Remember a call that has just come in."""
        self._newest.append(call)
        self.received += 1
        if call.key:
            self._times[call.key] = self.times(call.key) + 1

    def apply(self, call: Call) -> bool:
        """Let the call take effect, once a key. False if its key came before with another body."""
        first = self._applied.get(call.key)
        if first is None:
            self._applied[call.key] = call.digest
        call.applied = first is None
        call.repeated = first == call.digest
        return call.applied or call.repeated

    def newest(self, learner_id: str = "", key: str = "", limit: int = 100) -> list[Call]:
        """The newest calls first; "" matches all."""
        matching = (
            call
            for call in reversed(self._newest)
            if learner_id in ("", call.learner_id) and key in ("", call.key)
        )
        return list(islice(matching, limit))

    def clear(self) -> None:
        """Forget everything."""
        self._newest.clear()
        self._times.clear()
        self._applied.clear()
        self.received = 0
