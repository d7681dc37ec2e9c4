"""The channels: what each topic and stream is for, who writes it, who reads it."""

from collections.abc import Mapping
from typing import NamedTuple

from orchestrator.topics import (
    ACTIONS_LEARNER,
    ACTIONS_NOTIFICATION,
    ACTIONS_URGENT,
    DEAD_LETTERS,
    DECISIONS,
    DELIVERIES_CHANGELOG,
    EVENTS,
    LEARNER_STATE_CHANGELOG,
    OUTCOMES,
    POLICIES,
    STATISTICS_CHANGELOG,
    TRIALS,
)


class Channel(NamedTuple):
    """A topic. `writes` and `reads`: who does, in a sentence."""

    about: str
    messages: tuple[str, ...]
    writes: str
    reads: str


_DESK = "The delivery, which calls the service; the history."

CHANNELS: Mapping[str, Channel] = {
    EVENTS: Channel(
        "All events in the order in which they are decided, and the switches of the policy.",
        (
            "Event",
            "PolicyActivated",
            "ShadowStarted",
            "ShadowEnded",
            "CanaryStarted",
            "CanaryEnded",
        ),
        "The bridge, from Redis; the trigger and the erasure over HTTP; a replay of dead letters; "
        "a level that did not arrive; `orchestrator policy`. Other programs may, in the "
        "same form.",
        "Who decides; the history.",
    ),
    ACTIONS_LEARNER: Channel(
        "What learner-svc is asked to do.", ("Action", "Erasure"), "Who decides.", _DESK
    ),
    ACTIONS_NOTIFICATION: Channel(
        "What notification-svc is asked to do.", ("Action", "Erasure"), "Who decides.", _DESK
    ),
    ACTIONS_URGENT: Channel(
        "What notification-svc is asked to do for a child's feelings, past all else.",
        ("Action", "Erasure"),
        "Who decides.",
        _DESK,
    ),
    DECISIONS: Channel(
        "What became of each event, a record a batch.",
        ("DecisionBatch",),
        "Who decides.",
        "The trigger, for its answer; the history.",
    ),
    OUTCOMES: Channel(
        "How each action ended, exactly one end each.",
        ("ActionOutcome",),
        "The delivery.",
        "Who counts; the history.",
    ),
    DEAD_LETTERS: Channel(
        "What could not be read as an event, or was refused for good by a service.",
        ("DeadLetter", "DeadLetterReplayed", "DeadLettersErased"),
        "The bridge, who decides, the delivery; a replay, its mark.",
        "Who counts; `orchestrator dead-letters`.",
    ),
    POLICIES: Channel(
        "The text of each policy that was ever in force, so that a replay has those of the past.",
        ("PolicyText",),
        "A worker of a new cluster; `orchestrator policy activate`.",
        "All workers.",
    ),
    TRIALS: Channel(
        "Each trial of a policy, from its start to its end, and what it has come to.",
        ("Trial", "TrialFigures"),
        "`orchestrator policy shadow`, and `canary`; a worker that is told of a candidate.",
        "All workers.",
    ),
    LEARNER_STATE_CHANGELOG: Channel(
        "The newest state of each learner. Ours alone: its form may change with a version.",
        ("LearnerState",),
        "Who decides.",
        "Who takes a partition over.",
    ),
    DELIVERIES_CHANGELOG: Channel(
        "What waits for each learner at each service. Ours alone.",
        ("Delivery",),
        "The delivery.",
        "Who takes a partition over.",
    ),
    STATISTICS_CHANGELOG: Channel(
        "What has been counted. Ours alone.",
        ("Counters",),
        "Who decides, delivers and counts.",
        "All workers, for /stats and /ledger.",
    ),
}
"""By topic; the lanes topic holds no records."""
