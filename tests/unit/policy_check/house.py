"""Policies with something planted in them, checked; and what they decide, by the fold."""

import time
from typing import NamedTuple

from orchestrator.core.actions import Action
from orchestrator.core.decisions import DecisionRow
from orchestrator.core.event_codec import encode_event
from orchestrator.core.events import Event
from orchestrator.core.fold import Batch, fold
from orchestrator.core.ids import learner_key
from orchestrator.core.policy import Policy, load_policy
from orchestrator.core.state import LearnerState, decode_state
from orchestrator.core.times import micros
from orchestrator.policy_check.check import Budget, Checked, check
from orchestrator.policy_check.findings import Finding
from orchestrator.policy_check.limits import Limits
from tests.unit.core.samples import MESSAGES_TOML, POLICY_TOML, START
from tests.unit.stream.samples import record

LIMITS = Limits()
EVENTS = 4_000
"""Enough for what is planted, and the same on every machine."""

KNOWN = {
    ("level.both-ways", "level.down.performance and level.up.streak"),
    ("level.both-ways", "level.down.streak and level.up.performance"),
    ("level.two-at-once", "level.slp"),
}
"""What the shipped policy shows; it is meant so (docs/domain.md), and told all the same."""


def policy_with(*changes: tuple[str, str]) -> Policy:
    """The shipped policy with edits of its texts, each the first of its kind."""
    texts = [POLICY_TOML, MESSAGES_TOML]
    for old, new in changes:
        place = next(number for number, text in enumerate(texts) if old in text)
        texts[place] = texts[place].replace(old, new, 1)
    return load_policy(*texts)


def checked(policy: Policy, *, events: int = EVENTS, limits: Limits = LIMITS) -> Checked:
    """A check that ends by the number of events, not by the time."""
    return check(policy, limits, Budget(3_600, time.monotonic, events))


def brief(finding: Finding) -> list[tuple[int, str, tuple[str, ...]]]:
    """The history: seconds since its first event, the event's type, the rules that fired."""
    begin = micros(finding.history[0].event.timestamp)
    return [
        (
            (micros(moment.event.timestamp) - begin) // 1_000_000,
            str(moment.event.type),
            tuple(given.rule for given in moment.given),
        )
        for moment in finding.history
    ]


class Replayed(NamedTuple):
    """A history as the fold decides it."""

    rows: list[DecisionRow]
    actions: list[tuple[Event, list[Action]]]
    state: LearnerState


def replayed(policy: Policy, finding: Finding) -> Replayed:
    """The finding's history as records of a partition, decided by the reference."""
    events = [moment.event for moment in finding.history]
    key = learner_key(events[0].tenant_id, events[0].learner_id)
    records = [record(n, encode_event(event), key=key) for n, event in enumerate(events)]
    batch = Batch("events", 0, {policy.version: policy}, policy.version, START)
    folded = fold(batch, records, {})
    given = [
        (event, [action for _, action in folded.actions if action.event_id == event.id])
        for event in events
    ]
    return Replayed(folded.rows(), given, decode_state(folded.changes[key]))
