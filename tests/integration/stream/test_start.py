"""A worker that cannot begin says why in one line, and ends."""

from pathlib import Path

from tests.conftest import UniqueName
from tests.integration.stream.workers import make_topics, toy

WITHIN_S = 15.0


async def test_a_worker_without_kafka_exits_with_1_and_leaves_nothing_open(
    tmp_path: Path, unique_name: UniqueName
) -> None:
    with toy(unique_name("toy"), "127.0.0.1:9", tmp_path) as worker:
        assert worker.code(WITHIN_S) == 1
        said = worker.said()
    assert "the worker cannot start: KafkaConnectionError" in said
    assert "Traceback" not in said
    assert "Unclosed" not in said


async def test_a_worker_that_the_group_refuses_exits_with_1_and_says_so(
    kafka: str, tmp_path: Path, unique_name: UniqueName
) -> None:
    """Kafka takes no session this short (group.min.session.timeout.ms)."""
    prefix = unique_name("toy")
    await make_topics(kafka, prefix, partitions=1)
    with toy(prefix, kafka, tmp_path, TOY_SESSION_S="0.5") as worker:
        assert worker.code(WITHIN_S) == 1
        said = worker.said()
    assert "the worker cannot go on: " in said
    assert "InvalidSessionTimeout" in said
