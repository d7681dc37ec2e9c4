"""What is watched in every history: a small memory of what was, and what it finds at an event."""

from collections.abc import Hashable, Iterator
from typing import Any

from msgspec import Struct

from orchestrator.core.decide import Decision, Position
from orchestrator.core.events import Event
from orchestrator.core.policy import Policy
from orchestrator.core.state import LearnerState
from orchestrator.policy_check.findings import Found


class Seen(Struct):
    """One event decided. `at`: its time; `now`: the newest time with it; microseconds."""

    policy: Policy
    before: LearnerState | None
    event: Event
    at: int
    now: int
    position: Position
    decision: Decision


class Watch:
    """Looks at each event of a history. This one remembers and finds nothing."""

    begins: Any = None
    """The memory of a history in which nothing has happened yet."""

    def after(self, memory: Any, _seen: Seen) -> Any:
        """The memory after an event."""
        return memory

    def found(self, _memory: Any, _seen: Seen) -> Iterator[Found]:
        """What the event shows; `memory` is that after it."""
        yield from ()

    def key(self, _memory: Any, _now: int) -> Hashable:
        """What of a memory can matter for what is found later, its times as ages."""
        return None
