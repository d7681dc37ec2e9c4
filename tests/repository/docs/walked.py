"""What comes of a walk: run in a copy of the repository that has its diff, prints JSON.

python -m tests.repository.docs.walked rule|event|action
"""

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from orchestrator.clock import SystemClock
from orchestrator.core.actions import Action, decode_action, encode_action
from orchestrator.core.decide import Decision, Position, decide
from orchestrator.core.event_codec import decode_event, encode_event
from orchestrator.core.levels import Level
from orchestrator.core.state import LearnerState, new_learner
from orchestrator.delivery.calls import call_for
from orchestrator.delivery.client import ServiceClient
from orchestrator.dialects.reading import read_entry
from orchestrator.embedded.sandbox import Sandbox
from orchestrator.errors import InvalidEvent
from orchestrator.read_model.action_topics import TOPIC_OF
from tests.unit.core.samples import POLICY

START = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


def sees(state: LearnerState | None, number: int, kind: str, data: dict[str, Any]) -> Decision:
    """What is decided on an event that comes from Redis and through Kafka, ten minutes a number."""
    at = START + timedelta(minutes=10 * number)
    said = {"id": f"e{number}", "type": kind, "tenant_id": "t", "learner_id": "l 1", "data": data}
    entry = {b"data": json.dumps(said | {"timestamp": at.isoformat()}).encode()}
    event = decode_event(encode_event(read_entry(entry, f"redis:s:{number}-0", at)))
    return decide(state, event, Position(0, number), POLICY)


def rule() -> Any:
    """The rules that fire on an assessment that follows two of a middling score, by its score."""
    fired = []
    for score in (0.97, 0.98, 0.99):
        state = new_learner(Level.MODERATE)
        for number, each in enumerate([0.5, 0.5, score]):
            decision = sees(state, number, "ASSESSMENT_COMPLETE", {"score": each})
            state = decision.state
        fired.append([action.rule for action in decision.actions])
    return fired


def event() -> Any:
    """Four requests for help in 30 minutes, and what is wrong with one without a topic."""
    state, actions = None, []
    for number in range(4):
        decision = sees(state, number, "help_requested", {"topic": f"topic {number}"})
        state = decision.state
        actions.append([(action.rule, action.parameters) for action in decision.actions])
    try:
        sees(None, 0, "HELP_REQUESTED", {})
    except InvalidEvent as error:
        return {"actions": actions, "wrong": error.detail}
    return {"actions": actions}


def action() -> Any:
    """The calls that the sandbox gets for a first assessment without any strength."""
    data = {"overall_score": 0.5, "challenges": ["maps"]}
    actions = sees(None, 0, "BASELINE_COMPLETE", data).actions
    (review,) = [one for one in actions if one.type == "REVIEW_REQUESTED"]
    read = decode_action(encode_action(review))
    return asyncio.run(delivered(read)) | {
        "topic": TOPIC_OF[read.type],
        "lives": (read.expires_at or START) - read.created_at,
    }


async def delivered(one: Action) -> dict[str, Any]:
    call = call_for(one)
    async with (
        Sandbox() as sandbox,
        ServiceClient(call.service, sandbox.url, clock=SystemClock()) as client,
    ):
        await client.send(call)
        (got,) = sandbox.calls
    return {
        "call": f"{got.method} {got.path}",
        "body": got.body,
        "status": got.status,
        "key is the action's id": got.key == one.action_id,
    }


if __name__ == "__main__":
    walks: dict[str, Callable[[], Any]] = {"rule": rule, "event": event, "action": action}
    sys.stdout.write(msgspec.json.encode(walks[sys.argv[1]]()).decode())
