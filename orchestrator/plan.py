"""The topics as the settings want them, made or compared before a worker begins."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
from aiokafka.errors import KafkaError

from orchestrator.core.policy_records import PolicyText
from orchestrator.errors import InvalidPolicy
from orchestrator.settings import Settings
from orchestrator.settings.combinations import kafka_files
from orchestrator.stream.admin import TopicPlan, ensure_topics
from orchestrator.tls import client_context
from orchestrator.topics import DAY_MS, LANES, MAX_MESSAGE_BYTES, TOPICS

log = structlog.get_logger(__name__)

KEYED_REMEDY = (
    "Set TOPIC_PARTITIONS={partitions}, or drain the topic and create it anew: keys would move to "
    "other partitions, away from their state."
)
LANES_REMEDY = (
    "It has a partition for each of EVENT_STREAMS, and no records: stop all workers, delete it and "
    "start them with the same EVENT_STREAMS."
)

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 15.0


def kafka_settings(settings: Settings) -> Mapping[str, Any]:
    """What every Kafka client beside the app's own is constructed with."""
    return {
        "bootstrap_servers": list(settings.kafka_bootstrap_servers),
        "client_id": settings.application_id,
        **kafka_security(settings),
    }


def kafka_security(settings: Settings) -> Mapping[str, Any]:
    """What secures the connections of every Kafka client. Raises InvalidSettings."""
    protocol = settings.kafka_security_protocol
    found: dict[str, Any] = {"security_protocol": protocol}
    if protocol.endswith("SSL"):
        found["ssl_context"] = client_context(kafka_files(settings))
    if protocol.startswith("SASL"):
        password = settings.kafka_sasl_password
        found["sasl_mechanism"] = settings.kafka_sasl_mechanism
        found["sasl_plain_username"] = settings.kafka_sasl_username
        found["sasl_plain_password"] = password.get_secret_value() if password else None
    return found


def topic_plans(settings: Settings) -> list[TopicPlan]:
    """All topics: a learner's with the same partition count, the lanes' with one a stream."""
    copies = settings.topic_replication_factor
    plans = [
        TopicPlan(
            spec.name,
            spec.partitions or settings.topic_partitions,
            copies,
            _config(compact=spec.compact, days=spec.retention_days),
            KEYED_REMEDY,
        )
        for spec in TOPICS
    ]
    lanes = TopicPlan(
        LANES, len(settings.event_streams), copies, _config(compact=False, days=1), LANES_REMEDY
    )
    return [*plans, lanes]


def read_policy_text(policy: Path, messages: Path) -> PolicyText:
    """The texts of the two files. Raises InvalidPolicy if one cannot be read."""
    faults, texts = [], []
    for path in (policy, messages):
        try:
            texts.append(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            faults.append(f"{path} cannot be read: {error}")
    if faults:
        raise InvalidPolicy(faults)
    return PolicyText(*texts)


async def ensure_all_topics(settings: Settings) -> list[str]:
    """Create the missing topics, and return their names; waits for Kafka as long as it takes.

    Raises TopicMismatch where a topic is there but not as it should be, and KafkaRefused where
    Kafka is there but does not let us in.
    """
    wait_s = FIRST_WAIT_S
    while True:
        try:
            return await ensure_topics(kafka_settings(settings), topic_plans(settings))
        except KafkaError as error:
            log.warning(
                "Kafka is not there yet, trying again",
                servers=",".join(settings.kafka_bootstrap_servers),
                seconds=wait_s,
                error=str(error),
            )
            await asyncio.sleep(wait_s)
            wait_s = min(LONGEST_WAIT_S, wait_s * 2)


def _config(*, compact: bool, days: int | None) -> dict[str, str]:
    config = {
        "cleanup.policy": "compact" if compact else "delete",
        "max.message.bytes": str(MAX_MESSAGE_BYTES),
    }
    if days is not None:
        config["retention.ms"] = str(days * DAY_MS)
    return config
