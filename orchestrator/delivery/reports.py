"""The log's lines about actions that did not arrive."""

from collections.abc import Callable, Mapping

import structlog

from orchestrator.core.actions import Action, Outcome, Service
from orchestrator.delivery.observer import Silent
from orchestrator.delivery.settling import Ended
from orchestrator.observability.sparse import Sparse

log = structlog.get_logger(__name__)

REFUSED = frozenset({Outcome.REJECTED, Outcome.FAILED})
"""Ends that somebody has to look at: they are dead letters, too. An expiry is told by its count."""


class Reports(Silent):
    """Writes a line about each action that was refused for good; a service that is away is told of
    by its breaker.
    """

    def __init__(self, traced: Callable[[Action], Mapping[str, str]] = lambda _: {}) -> None:
        """`traced`: the fields by which the action's trace is found."""
        self._traced = traced
        self._lines = Sparse()

    def on_ended(self, service: Service, action: Action, ended: Ended) -> None:
        """The action has its outcome. What the service said stands in the dead letter.

        The event is found by the action; a producer may have put a learner's name into its id.
        """
        if ended.outcome not in REFUSED or (besides := self._lines.admit()) is None:
            return
        log.warning(
            "action refused",
            service=service,
            outcome=ended.outcome,
            status=ended.status,
            attempts=ended.attempts,
            type=action.type,
            rule=action.rule,
            tenant_id=action.tenant_id,
            action_id=action.action_id,
            **self._traced(action),
            **besides,
        )
