"""What the README asks a newcomer to send is taken, and answered as it says."""

import json
import re
import shlex
from datetime import UTC, datetime
from typing import Any

import msgspec

from orchestrator.core.decide import Decision, Position, decide
from orchestrator.core.event_codec import event_from
from orchestrator.core.events import Event
from orchestrator.dialects.reading import read_entry
from orchestrator.settings.table import EVENT_STREAMS
from orchestrator.web.trigger_body import event_of
from tests.repository.docs.pages import README, blocks
from tests.unit.core.samples import POLICY

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


def curl_body() -> dict[str, Any]:
    (block,) = (block for block in blocks(README, "sh") if "/internal/trigger" in block)
    words = shlex.split(block)
    assert words[words.index("-H") + 1] == "Content-Type: application/json"
    body: dict[str, Any] = json.loads(words[words.index("-d") + 1])
    return body


def decided(event: Event) -> Decision:
    return decide(None, event, Position(0, 0), POLICY)


def test_the_body_of_the_curl_is_an_event() -> None:
    body = curl_body()
    times = {"timestamp": NOW, "received_at": NOW}

    assert event_from({"id": "by-hand", **body, **times}) == event_of(body, NOW, "by-hand")
    assert (body["tenant_id"], body["learner_id"]) == ("tenant-456", "learner-123")


def test_the_answer_shown_is_what_is_decided() -> None:
    (block,) = blocks(README, "json")
    shown = json.loads(block)

    decision = decided(event_of(curl_body(), NOW, shown["event_id"]))

    assert shown["decision"]["outcome"] == decision.outcome
    found = [msgspec.to_builtins(action) for action in decision.actions]
    assert len(found) == len(shown["actions_generated"])
    for action, example in zip(found, shown["actions_generated"], strict=True):
        assert {name: action[name] for name in example} == example


def test_the_entry_of_the_xadd_is_an_event_of_a_stream_that_is_read() -> None:
    (block,) = (block for block in blocks(README, "sh") if "XADD" in block)
    found = re.search(r"EVENT=('.*?'\$\(date \+%s\)'.*?')\n", block, re.DOTALL)
    assert found is not None
    raw = "".join(shlex.split(found[1].replace("$(date +%s)", str(int(NOW.timestamp())))))
    stream = re.search(r"XADD (\S+) '\*' data ", block)
    assert stream is not None
    assert stream[1] in EVENT_STREAMS

    decision = decided(read_entry({b"data": raw.encode()}, "redis:readme:1-0", NOW))

    assert [action.type for action in decision.actions] == ["SEL_INTERVENTION", "GAME_BREAK"]
