"""Names of attributes: OpenTelemetry's where it has one, else ours. No learner is in any of them.

An action's id is not either: it is a hash of its learner's id, among others, that can be tried out.
"""

from collections.abc import Mapping

EVENT_ID = "orchestrator.event.id"
EVENT_TYPE = "orchestrator.event.type"
TENANT_ID = "orchestrator.tenant.id"
OUTCOME = "orchestrator.outcome"
RULE = "orchestrator.rule"
ACTION_TYPE = "orchestrator.action.type"
ATTEMPTS = "orchestrator.attempts"
POLICY_VERSION = "orchestrator.policy.version"

PARTITION = "messaging.destination.partition.id"
OFFSET = "messaging.kafka.offset"


def sending(topic: str) -> Mapping[str, str]:
    """Of a record that is written to Kafka."""
    return _kafka(topic, "send", "send")


def processing(topic: str, group: str) -> Mapping[str, str]:
    """Of a record that was read from Kafka, or a batch of them."""
    return {**_kafka(topic, "process", "process"), "messaging.consumer.group.name": group}


def _kafka(topic: str, name: str, kind: str) -> dict[str, str]:
    return {
        "messaging.system": "kafka",
        "messaging.operation.name": name,
        "messaging.operation.type": kind,
        "messaging.destination.name": topic,
    }
