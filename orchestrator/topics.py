"""The names of the topics, and how each is kept. One table; everything else refers to it."""

from typing import NamedTuple

DAY_MS = 24 * 60 * 60 * 1000

EVENTS = "orchestrator.events"
ACTIONS_LEARNER = "orchestrator.actions.learner-svc"
ACTIONS_NOTIFICATION = "orchestrator.actions.notification-svc"
ACTIONS_URGENT = "orchestrator.actions.notification-svc.urgent"
DECISIONS = "orchestrator.decisions"
OUTCOMES = "orchestrator.outcomes"
DEAD_LETTERS = "orchestrator.dead-letters"
POLICIES = "orchestrator.policies"
TRIALS = "orchestrator.trials"
LANES = "orchestrator.lanes"
LEARNER_STATE_CHANGELOG = "orchestrator.learner-state.changelog"
DELIVERIES_CHANGELOG = "orchestrator.deliveries.changelog"
STATISTICS_CHANGELOG = "orchestrator.statistics.changelog"


class TopicSpec(NamedTuple):
    """How a topic is kept. `partitions` None: TOPIC_PARTITIONS of the settings."""

    name: str
    retention_days: int | None = 35
    compact: bool = False
    partitions: int | None = None


TOPICS: tuple[TopicSpec, ...] = (
    TopicSpec(EVENTS),
    TopicSpec(ACTIONS_LEARNER),
    TopicSpec(ACTIONS_NOTIFICATION),
    TopicSpec(ACTIONS_URGENT),
    TopicSpec(DECISIONS, retention_days=7),
    TopicSpec(OUTCOMES),
    TopicSpec(DEAD_LETTERS, retention_days=90),
    TopicSpec(POLICIES, retention_days=None, compact=True, partitions=1),
    TopicSpec(TRIALS, retention_days=None, compact=True, partitions=1),
    TopicSpec(LEARNER_STATE_CHANGELOG, retention_days=None, compact=True),
    TopicSpec(DELIVERIES_CHANGELOG, retention_days=None, compact=True),
    TopicSpec(STATISTICS_CHANGELOG, retention_days=None, compact=True),
)
"""All topics but the lanes topic, whose partition count is the number of input streams."""

MAX_MESSAGE_BYTES = 2 * 1024 * 1024
"""Largest record batch, in bytes: max.message.bytes of every topic."""
