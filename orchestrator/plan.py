"""The topics as the settings want them, made or compared before a worker begins."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from aiokafka.errors import KafkaError

from orchestrator.settings import Settings
from orchestrator.stream.admin import TopicPlan, ensure_topics
from orchestrator.topics import DAY_MS, LANES, MAX_MESSAGE_BYTES, TOPICS

log = structlog.get_logger(__name__)

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 15.0


def kafka_settings(settings: Settings) -> Mapping[str, Any]:
    """What every Kafka client beside the app's own is constructed with."""
    return {
        "bootstrap_servers": list(settings.kafka_bootstrap_servers),
        "client_id": settings.application_id,
    }


def topic_plans(settings: Settings) -> list[TopicPlan]:
    """All topics: a learner's with the same partition count, the lanes' with one a stream."""
    copies = settings.topic_replication_factor
    plans = [
        TopicPlan(
            spec.name,
            spec.partitions or settings.topic_partitions,
            copies,
            _config(compact=spec.compact, days=spec.retention_days),
        )
        for spec in TOPICS
    ]
    lanes = TopicPlan(LANES, len(settings.event_streams), copies, _config(compact=False, days=1))
    return [*plans, lanes]


async def ensure_all_topics(settings: Settings) -> list[str]:
    """Create the missing topics, and return their names; waits for Kafka as long as it takes.

    Raises TopicMismatch where a topic is there but not as it should be.
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
