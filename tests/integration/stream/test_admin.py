"""Topics on a real Kafka: made where missing, compared where there, never changed."""

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError

from orchestrator.errors import StreamError, TopicMismatch
from orchestrator.stream.admin import TopicPlan, ensure_topics, missing_topics
from tests.conftest import UniqueName

COMPACT = {"cleanup.policy": "compact", "max.message.bytes": "2097152"}


def settings(kafka: str) -> dict[str, str]:
    return {"bootstrap_servers": kafka}


async def test_what_is_missing_is_made_and_named(kafka: str, unique_name: UniqueName) -> None:
    events = TopicPlan(unique_name("events"), 3, 1, {"retention.ms": "86400000"})
    state = TopicPlan(unique_name("state"), 3, 1, COMPACT)
    assert await missing_topics(settings(kafka), [events, state]) == [events.name, state.name]
    assert await ensure_topics(settings(kafka), [events]) == [events.name]
    assert await ensure_topics(settings(kafka), [events, state]) == [state.name]
    assert await ensure_topics(settings(kafka), [events, state]) == []
    assert await missing_topics(settings(kafka), [events, state]) == []


async def test_two_workers_that_start_at_once_do_not_mind_each_other(
    kafka: str, unique_name: UniqueName
) -> None:
    plans = [TopicPlan(unique_name(name), 3, 1, {}) for name in ("events", "actions", "outcomes")]
    both = await asyncio.gather(*(ensure_topics(settings(kafka), plans) for _ in range(2)))
    assert sorted(name for made in both for name in made) == sorted(plan.name for plan in plans)
    assert await missing_topics(settings(kafka), plans) == []


async def test_of_two_workers_with_different_settings_that_start_at_once_one_is_told(
    kafka: str, unique_name: UniqueName
) -> None:
    name = unique_name("events")
    asked = (ensure_topics(settings(kafka), [TopicPlan(name, count, 1, {})]) for count in (3, 6))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [name] in answers
    assert any(isinstance(answer, TopicMismatch) for answer in answers), answers


async def test_every_difference_is_named_with_its_remedy(
    kafka: str, unique_name: UniqueName
) -> None:
    events, state = unique_name("events"), unique_name("state")
    made = [TopicPlan(events, 3, 1, {}), TopicPlan(state, 2, 1, {"cleanup.policy": "delete"})]
    await ensure_topics(settings(kafka), made)
    wanted = [TopicPlan(events, 6, 1, {}), TopicPlan(state, 2, 1, {"cleanup.policy": "compact"})]
    for ask in (ensure_topics, missing_topics):
        with pytest.raises(TopicMismatch) as caught:
            await ask(settings(kafka), wanted)
        count, policy = caught.value.faults
        assert f"{events} has 3 partitions, 6 are asked for" in count
        assert "Ask for 3, or drain the topic" in count
        assert f"{state} has cleanup.policy=delete, compact is asked for" in policy
        assert f"kafka-configs.sh --alter --topic {state} --add-config cleanup.policy=compact" in (
            policy
        )


async def test_a_topic_that_kafka_refuses_is_named(kafka: str, unique_name: UniqueName) -> None:
    plan = TopicPlan(unique_name("events"), 1, 5, {})
    with pytest.raises(StreamError, match=r"did not create topic .*events"):
        await ensure_topics(settings(kafka), [plan])


@pytest.mark.parametrize("ask", [ensure_topics, missing_topics])
async def test_a_broker_that_is_not_there_is_said_and_nothing_is_left_open(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(KafkaConnectionError):
        await ask(settings("127.0.0.1:9"), [TopicPlan("events", 1, 1, {})])
