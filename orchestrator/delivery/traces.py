"""What the delivery tells whoever traces: a port, so that the room knows no tracer."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from orchestrator.core.actions import Action
from orchestrator.delivery.calls import Call
from orchestrator.delivery.verdicts import Verdict


class Traces(Protocol):
    """Traces attempts."""

    async def attempt(
        self,
        action: Action,
        attempts: int,
        call: Call,
        send: Callable[[Call], Awaitable[Verdict]],
    ) -> Verdict:
        """Make the `attempts`-th attempt by `send`, with the trace's header in the call.

        Returns what `send` returns, and raises what it raises.
        """
        ...
