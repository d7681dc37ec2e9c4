"""Topics: made where they are missing, compared where they exist, never changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence, Set
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, TopicAuthorizationFailedError, for_code

from orchestrator.errors import StreamError, TopicMismatch
from orchestrator.stream.refusals import MAY_NOT

TRY_EVERY_S = 0.05
KNOWN_WITHIN_TRIES = 200
"""Ten seconds; a new topic is known to every broker within some milliseconds."""


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
    async with _administering(client_settings) as admin:
        present = await _partition_counts(admin)
        made = await _create(admin, [plan for plan in plans if plan.name not in present])
        existing = [plan for plan in plans if plan.name not in made]
        present = await _known(admin, {plan.name for plan in plans})
        await _refuse_differences(admin, existing, present)
        return made


async def cluster_id(client_settings: Mapping[str, Any]) -> str:
    """The id that Kafka gave the cluster when it was made. Raises KafkaError."""
    async with _administering(client_settings) as admin:
        return str((await admin.describe_cluster())["cluster_id"])


async def missing_topics(
    client_settings: Mapping[str, Any], plans: Sequence[TopicPlan]
) -> list[str]:
    """Names of the topics that are not there; raises TopicMismatch like ensure_topics."""
    async with _administering(client_settings) as admin:
        present = await _partition_counts(admin)
        existing = [plan for plan in plans if plan.name in present]
        await _refuse_differences(admin, existing, present)
        return [plan.name for plan in plans if plan.name not in present]


@asynccontextmanager
async def _administering(client_settings: Mapping[str, Any]) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**client_settings)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def _refuse_differences(
    admin: AIOKafkaAdminClient, plans: Sequence[TopicPlan], present: Mapping[str, int]
) -> None:
    """Raise TopicMismatch with every difference of topics that are there."""
    faults = await _differences(admin, plans, present)
    if faults:
        raise TopicMismatch(faults)


async def _partition_counts(admin: AIOKafkaAdminClient) -> dict[str, int]:
    described = await admin.describe_topics()
    return {topic["topic"]: len(topic["partitions"]) for topic in described}


async def _known(admin: AIOKafkaAdminClient, names: Set[str]) -> dict[str, int]:
    """The partition counts, once the broker knows all of these topics: it learns of new ones late.

    Raises StreamError.
    """
    for _ in range(KNOWN_WITHIN_TRIES):
        present = await _partition_counts(admin)
        if names <= present.keys():
            return present
        await asyncio.sleep(TRY_EVERY_S)
    raise StreamError(f"Kafka does not tell of topics that it has: {sorted(names - set(present))}")


async def _create(admin: AIOKafkaAdminClient, plans: Sequence[TopicPlan]) -> list[str]:
    """The names of those that were made here; another worker may be about it at the same time."""
    if not plans:
        return []
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
        if code and error is not TopicAlreadyExistsError:
            found = f"Kafka did not create topic {name}: {error.__name__} {rest}."
            raise StreamError(
                f"{found} {MAY_NOT}" if error is TopicAuthorizationFailedError else found
            )
    made = {name for name, code, *_ in response.topic_errors if not code}
    return [plan.name for plan in plans if plan.name in made]


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
