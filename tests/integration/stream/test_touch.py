"""A member whose client has lost its group and does not look for it any more."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer

from orchestrator.embedded.ports import free_port
from orchestrator.embedded.server import HOST
from orchestrator.errors import StreamError
from orchestrator.stream.touch import PATIENCE, Touch
from tests.waiting import eventually


def client(coordinator: int | None) -> AIOKafkaConsumer:
    """As much of a client as is looked at."""
    found: Any = SimpleNamespace(_coordinator=SimpleNamespace(coordinator_id=coordinator))
    return cast("AIOKafkaConsumer", found)


async def test_who_finds_no_coordinator_while_kafka_names_one_is_out_of_touch(kafka: str) -> None:
    touch = Touch([kafka], "any-group")
    with pytest.raises(StreamError, match="out of its group without knowing"):
        await eventually(lambda: never(touch), within=30)


async def never(touch: Touch) -> bool:
    """A Kafka that has just begun names no coordinator for a while."""
    await touch.check(client(None))
    return False


async def test_who_finds_it_in_time_is_in_touch(kafka: str) -> None:
    touch = Touch([kafka], "any-group")
    for _ in range(2):
        for _ in range(PATIENCE - 1):
            await touch.check(client(None))
        await touch.check(client(1))


async def test_while_kafka_is_away_nobody_is_out_of_touch() -> None:
    touch = Touch([f"{HOST}:{free_port(HOST)}"], "any-group")
    for _ in range(PATIENCE + 1):
        await touch.check(client(None))
