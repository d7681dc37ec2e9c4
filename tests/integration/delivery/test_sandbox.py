"""Against the sandbox, which takes the calls of the specification and no others."""

from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from orchestrator.clock import FixedClock
from orchestrator.core.actions import SERVICE_OF, ActionType, Outcome, Service
from orchestrator.delivery.client import ServiceClient
from orchestrator.delivery.deliverer import Deliverer
from orchestrator.embedded.sandbox import Sandbox
from tests.unit.delivery.samples import EVENT_AT, PARAMETERS, action

CLOCK = FixedClock(EVENT_AT + timedelta(minutes=1))


class Nobody:
    """An observer that looks away."""

    def on_attempt(self, service: Service, status: str, seconds: float) -> None: ...

    def on_outcome(self, service: Service, action_type: ActionType, outcome: Outcome) -> None: ...


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as one:
        yield one


async def delivered(sandbox: Sandbox, action_type: ActionType, **changes: Any) -> Outcome:
    service = SERVICE_OF[action_type]
    async with ServiceClient(service, sandbox.url, clock=CLOCK) as client:
        deliverer = Deliverer(client, clock=CLOCK, observer=Nobody(), random=Random(1))
        (done,) = await deliverer.deliver([action(action_type, learner="a/b c?#%", **changes)])
    assert done.attempts == 1, done.detail
    return done.outcome


@pytest.mark.parametrize("action_type", list(ActionType))
async def test_each_type_of_action_is_taken_once(sandbox: Sandbox, action_type: ActionType) -> None:
    assert await delivered(sandbox, action_type) is Outcome.DELIVERED
    assert await delivered(sandbox, action_type) is Outcome.DELIVERED
    first, again = sandbox.calls
    assert (first.learner_id, first.tenant_id, first.key) == ("a/b c?#%", "school-1", "a1")
    assert (first.applied, first.repeated) == (True, False)
    assert (again.applied, again.repeated) == (False, True)


async def test_a_temporary_level_is_taken(sandbox: Sandbox) -> None:
    parameters = PARAMETERS[ActionType.LEVEL_SUGGESTED] | {"temporary": True}
    outcome = await delivered(sandbox, ActionType.LEVEL_SUGGESTED, parameters=parameters)
    assert outcome is Outcome.DELIVERED


async def test_a_level_that_does_not_exist_is_rejected_with_the_reason(sandbox: Sandbox) -> None:
    parameters = PARAMETERS[ActionType.LEVEL_SUGGESTED] | {"suggested_level": "genius"}
    outcome = await delivered(sandbox, ActionType.LEVEL_SUGGESTED, parameters=parameters)
    assert outcome is Outcome.REJECTED
