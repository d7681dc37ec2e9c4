"""A log as it really is: partitions, schools, repetitions, stragglers, and what is refused."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any
from zlib import crc32

from orchestrator.core.actions import Action, ActionType, Outcome
from orchestrator.core.decide import Position, decide
from orchestrator.core.event_codec import encode_event, event_from
from orchestrator.core.events import Event, FailedSuggestion, LearnerErased, LevelSuggestionFailed
from orchestrator.core.ids import EventId, learner_key
from orchestrator.core.policy import Policy
from orchestrator.core.policy_records import CONTROL_KEY, PolicyActivated, encode_control
from orchestrator.core.state import LearnerState
from orchestrator.embedded.classroom import Classroom
from tests.properties.comparison.recount import Log, Record

PARTITIONS = 3
FIRST_DAY = datetime(2025, 3, 3, 8, tzinfo=UTC)


def real_log(learners: int, events: int, live: Policy, seed: int = 3) -> Log:
    """So many events and some more; `live` is the policy whose suggestions now and then fail."""
    log: dict[int, list[Record]] = defaultdict(list)
    for event in _with_failures(_arriving(learners, events, Random(seed)), live):
        key = learner_key(event.tenant_id, event.learner_id)
        records = log[crc32(key) % PARTITIONS]
        records.append(Record(len(records), key, encode_event(event)))
        if len(records) % 997 == 0:
            records.append(Record(len(records), b"school/nobody", encode_event(event)))
            records.append(Record(len(records), key, b"nonsense"))
            began = encode_control(PolicyActivated(live.version, began=True))
            records.append(Record(len(records), CONTROL_KEY, began))
    return dict(log)


def _arriving(learners: int, events: int, random: Random) -> Iterator[Event]:
    """Yield a class's events in the order of arrival: some twice, some behind others, some late."""
    held: list[tuple[int, dict[str, Any]]] = []
    stories = islice(Classroom(learners, 5, FIRST_DAY).events(), events)
    for number, (_, told) in enumerate(stories):
        chance = random.random()
        if chance < 0.02:
            held.append((number + random.randint(1, 3 * learners), told))
            continue
        is_old = chance < 0.03
        story = told | {"timestamp": _hours_before(told, 30)} if is_old else told
        yield _received(story)
        if chance > 0.98:
            yield _received(story)
        for due, late in [one for one in held if one[0] <= number]:
            held.remove((due, late))
            yield _received(late)
        if number == events // 2:
            yield _erased(story)


def _hours_before(story: dict[str, Any], hours: int) -> str:
    return (datetime.fromisoformat(story["timestamp"]) - timedelta(hours=hours)).isoformat()


def _received(story: dict[str, Any]) -> Event:
    return event_from(story | {"received_at": story["timestamp"]})


def _erased(story: dict[str, Any]) -> Event:
    at = datetime.fromisoformat(story["timestamp"])
    return LearnerErased(
        id=EventId("erased:1"), tenant_id=story["tenant_id"], learner_id=story["learner_id"],
        timestamp=at, received_at=at,
    )  # fmt: skip


def _with_failures(events: Iterator[Event], live: Policy) -> Iterator[Event]:
    """Yield the events, and of every 30th level suggestion some events later that it failed."""
    states: dict[bytes, LearnerState] = {}
    suggested, failed = 0, []
    for offset, event in enumerate(events):
        yield event
        key = learner_key(event.tenant_id, event.learner_id)
        decision = decide(states.get(key), event, Position(0, offset), live)
        states[key] = decision.state
        for action in decision.actions:
            if action.type is ActionType.LEVEL_SUGGESTED and not action.parameters["temporary"]:
                suggested += 1
                if suggested % 30 == 0:
                    failed.append(action)
        if len(failed) > 3:
            yield _failure(failed.pop(0))


def _failure(action: Action) -> Event:
    return LevelSuggestionFailed(
        id=EventId(f"failed:{action.action_id}"),
        tenant_id=action.tenant_id,
        learner_id=action.learner_id,
        timestamp=action.created_at,
        received_at=action.created_at,
        data=FailedSuggestion(action.action_id, Outcome.EXPIRED),
    )
