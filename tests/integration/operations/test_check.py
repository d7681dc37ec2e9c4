"""`orchestrator check` against real servers, there and not there."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import Result
from redis import Redis

from orchestrator.bridge.redis_stream import GROUP
from orchestrator.embedded.ports import free_port
from tests.conftest import UniqueName
from tests.integration.operations.conftest import Type


@pytest.fixture
def services() -> Iterator[dict[str, str]]:
    """Something that accepts connections, and settings that point to it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        yield {"LEARNER_SVC_URL": url, "NOTIFICATION_SVC_URL": url}


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


def found(result: Result, part: str) -> list[tuple[str, str]]:
    """(grade, what was found) of one part."""
    findings: list[dict[str, Any]] = json.loads(result.stdout)["findings"]
    return [(each["grade"], each["found"]) for each in findings if each["part"] == part]


def test_all_is_well(
    type_in: Type, services: dict[str, str], redis: Redis, redis_url: str, unique_name: UniqueName
) -> None:
    stream = unique_name("sel")
    redis.xgroup_create(stream, GROUP, id="0", mkstream=True)
    # As many streams as the topic of the lanes has partitions.
    streams = ",".join([stream, *(unique_name(f"other-{n}") for n in range(5))])
    result = type_in("check", "--json", REDIS_URL=redis_url, EVENT_STREAMS=streams, **services)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["result"] == "warning"
    assert found(result, "kafka") == [("ok", "1 broker, version 4.1 or newer")]
    assert found(result, "topics") == [("ok", "all 13 are as they should be")]
    assert found(result, stream) == [("ok", "0 wait, 0 are being read")]
    assert [grade for grade, _ in found(result, unique_name("other-0"))] == ["warning"]
    assert [grade for grade, _ in found(result, "learner-svc")] == ["ok"]
    assert found(result, "redis")[0][0] == "ok"
    assert found(result, "policy")[0][1].startswith("aivo-")


def test_each_stream_says_how_far_it_is_read(
    type_in: Type, services: dict[str, str], redis: Redis, redis_url: str, unique_name: UniqueName
) -> None:
    read, unread, other = (unique_name(name) for name in ("read", "unread", "other"))
    for stream in (read, unread):
        for _ in range(3):
            redis.xadd(stream, {"data": "{}"})
    redis.xgroup_create(read, GROUP, id="0")
    redis.xreadgroup(GROUP, read, {read: ">"}, count=2)
    redis.set(other, "no stream")
    names = ",".join((read, unread, other))
    result = type_in("check", "--json", REDIS_URL=redis_url, EVENT_STREAMS=names, **services)
    assert result.exit_code == 1
    assert found(result, read) == [("ok", "1 wait, 2 are being read")]
    assert found(result, unread) == [
        ("warning", f"3 entries, and nobody has read any: no group {GROUP}")
    ]
    assert found(result, other) == [("fault", "holds something that is no stream")]


def test_every_difference_of_a_topic_is_a_fault_with_its_remedy(
    type_in: Type, services: dict[str, str], redis_url: str
) -> None:
    asked = {"TOPIC_PARTITIONS": "3", "TOPIC_REPLICATION_FACTOR": "2", "EVENT_STREAMS": "a,b"}
    result = type_in("check", REDIS_URL=redis_url, **asked, **services)
    assert result.exit_code == 1
    assert "orchestrator.events has 12 partitions, 3 are asked for" in result.stdout
    assert "-> Set TOPIC_PARTITIONS=12" in result.stdout
    assert "TOPIC_REPLICATION_FACTOR is 2, but there is 1 broker" in result.stdout


def test_what_is_not_there_is_named_with_what_to_do_and_no_secret(
    type_in: Type,
) -> None:
    nobody = free_port("127.0.0.1")
    result = type_in(
        "check",
        KAFKA_BOOTSTRAP_SERVERS=f"127.0.0.1:{nobody}",
        REDIS_URL=f"redis://user:geheim@127.0.0.1:{nobody}/0",
        LEARNER_SVC_URL=f"http://127.0.0.1:{nobody}",
        NOTIFICATION_SVC_URL="http://nobody.invalid",
        LEARNER_SVC_TOKEN="geheim-token",
    )
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    faults = [line.split()[1] for line in lines if line.startswith("fault ")]
    assert faults == ["kafka", "redis", "learner-svc", "notification-svc"]
    for variable in ("KAFKA_BOOTSTRAP_SERVERS", "REDIS_URL", "LEARNER_SVC_URL"):
        assert any(variable in line for line in lines if line.strip().startswith("->"))
    assert "geheim" not in result.output
    assert "***@127.0.0.1" in result.stdout


def test_a_password_that_redis_does_not_take_is_said_to_be_that(
    type_in: Type, services: dict[str, str], redis_url: str
) -> None:
    wrong = redis_url.replace("redis://", "redis://nobody:wrong@")
    result = type_in("check", "--json", REDIS_URL=wrong, **services)
    assert result.exit_code == 1
    ((grade, said),) = found(result, "redis")
    assert grade == "fault"
    assert "wrong" not in said
