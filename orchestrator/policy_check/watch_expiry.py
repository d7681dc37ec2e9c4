"""Whatever is given can still arrive."""

from collections.abc import Iterator
from typing import Any

from orchestrator.core.times import SECOND, micros
from orchestrator.policy_check.findings import Found
from orchestrator.policy_check.limits import Limits
from orchestrator.policy_check.watches import Seen, Watch


class Expiry(Watch):
    """No action expires before it can be delivered.

    Only events in order are looked at: what lies back has less time left, and that is meant.
    """

    def __init__(self, limits: Limits) -> None:
        self._needed = limits.delivery

    def found(self, _memory: Any, seen: Seen) -> Iterator[Found]:
        """An action with too little time."""
        for given in seen.decision.actions:
            if given.expires_at is None or seen.at != seen.now:
                continue
            left = micros(given.expires_at) - micros(seen.event.received_at)
            if left < self._needed:
                words = (
                    f"{given.type} expires {left / SECOND:g} seconds after its event has arrived, "
                    f"before it can be delivered; {self._needed // SECOND} are needed."
                )
                yield Found("action.expires", given.type, words)
