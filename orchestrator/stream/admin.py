"""Topics: made where they are missing, compared where they exist, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from orchestrator.errors import StreamError, TopicMismatch


class TopicPlan(NamedTuple):
    """What a topic should be."""

    name: str
    partitions: int
    replication_factor: int
    config: Mapping[str, str]
    remedy: str = (
        "Ask for {partitions}, or drain the topic and create it anew: keys would move to other "
        "partitions, away from their state."
    )
    """What to do where the partition count differs; {partitions} are those that it has."""


async def ensure_topics(
    client_settings: Mapping[str, Any], plans: Sequence[TopicPlan]
) -> list[str]:
    """Create what is missing (returned by name), and compare what is there.

    Raises TopicMismatch, naming every difference of partition count or settings, and what to do.
    """
    admin = AIOKafkaAdminClient(**client_settings)
    await admin.start()
    try:
        present = await _partition_counts(admin)
        missing = [plan for plan in plans if plan.name not in present]
        await _create(admin, missing)
        existing = [plan for plan in plans if plan.name in present]
        faults = await _differences(admin, existing, present)
        if faults:
            raise TopicMismatch(faults)
        return [plan.name for plan in missing]
    finally:
        await admin.close()


async def missing_topics(
    client_settings: Mapping[str, Any], plans: Sequence[TopicPlan]
) -> list[str]:
    """Names of the topics that are not there; raises TopicMismatch like ensure_topics."""
    admin = AIOKafkaAdminClient(**client_settings)
    await admin.start()
    try:
        present = await _partition_counts(admin)
        existing = [plan for plan in plans if plan.name in present]
        faults = await _differences(admin, existing, present)
        if faults:
            raise TopicMismatch(faults)
        return [plan.name for plan in plans if plan.name not in present]
    finally:
        await admin.close()


async def _partition_counts(admin: AIOKafkaAdminClient) -> dict[str, int]:
    described = await admin.describe_topics()
    return {topic["topic"]: len(topic["partitions"]) for topic in described}


async def _create(admin: AIOKafkaAdminClient, plans: Sequence[TopicPlan]) -> None:
    if not plans:
        return
    response = await admin.create_topics(
        [
            NewTopic(
                name=plan.name,
                num_partitions=plan.partitions,
                replication_factor=plan.replication_factor,
                topic_configs=dict(plan.config),
            )
            for plan in plans
        ]
    )
    for name, code, *rest in response.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:  # two workers may start at once
            raise StreamError(f"Kafka did not create topic {name}: {error.__name__} {rest}")


async def _differences(
    admin: AIOKafkaAdminClient, plans: Sequence[TopicPlan], present: Mapping[str, int]
) -> list[str]:
    faults = [
        f"{plan.name} has {present[plan.name]} partitions, {plan.partitions} are asked for. "
        + plan.remedy.format(partitions=present[plan.name])
        for plan in plans
        if present[plan.name] != plan.partitions
    ]
    actual = await _configs(admin, [plan.name for plan in plans])
    for plan in plans:
        for name, want in plan.config.items():
            got = actual[plan.name].get(name)
            if got != want:
                faults.append(
                    f"{plan.name} has {name}={got}, {want} is asked for. Change it with "
                    f"kafka-configs.sh --alter --topic {plan.name} --add-config {name}={want}"
                )
    return faults


async def _configs(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    configs: dict[str, dict[str, str]] = {}
    for response in await admin.describe_configs(resources):
        for _code, _message, _type, name, entries in response.resources:
            configs[name] = {entry[0]: entry[1] for entry in entries}
    return configs
