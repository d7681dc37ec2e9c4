"""What an event would call for now: decided on the learner's present state, and nothing done."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from orchestrator.core.decide import Decision, Position, decide
from orchestrator.core.events import Event
from orchestrator.read_model.learners import Present
from orchestrator.web.answers import answer
from orchestrator.web.bodies import json_text
from orchestrator.web.owner import OwnersAnswer, Who
from orchestrator.web.relay import Question
from orchestrator.web.trigger_answer import DecisionShown, trigger_answer

PATH = "/internal/trigger?dry_run=true"


class DryRun:
    """Decides where the learner is."""

    def __init__(self, owners: OwnersAnswer) -> None:
        self._owners = owners

    async def answer(
        self, request: web.Request, body: Mapping[str, Any], event: Event
    ) -> web.Response:
        """200 with what would be decided on `event`, which `body` means; 503 while nobody knows."""
        who = Who(event.tenant_id, event.learner_id)
        return await self._owners.find(
            request, who, _question(body, event), lambda now: _decided(event, now)
        )


def would_decide(event: Event, present: Present) -> Decision:
    """The decision if the event were the next one. A pure call."""
    offset = 0 if present.state is None else present.state.offset + 1
    return decide(present.state, event, Position(present.partition, offset), present.policy)


def _decided(event: Event, present: Present) -> web.Response:
    clock = asyncio.get_running_loop().time
    began = clock()
    decision = would_decide(event, present)
    shown = DecisionShown(
        outcome=decision.outcome, partition=present.partition, offset=None, dry_run=True
    )
    return answer(trigger_answer(event, shown, decision.actions, clock() - began))


def _question(body: Mapping[str, Any], event: Event) -> Question:
    """The same event, whoever reads it: what the body left out is filled in."""
    filled = {**body, "id": event.id}
    if filled.get("timestamp") is None:
        filled["timestamp"] = event.timestamp.isoformat()
    return Question("POST", PATH, json_text(filled))
