"""From a real Kafka into an archive, and what comes back is what stood there."""

import pickle
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.archive.folder import ArchiveSource
from orchestrator.archive.kafka_source import KafkaSource
from orchestrator.archive.moments import spans_between
from orchestrator.archive.source import Source, Span
from orchestrator.clock import SystemClock
from orchestrator.core.ids import learner_key
from orchestrator.core.policy_records import CONTROL_KEY, PolicyText, encode_policy_text
from orchestrator.settings import load_settings
from orchestrator.stream.records import Record
from orchestrator.topics import EVENTS, POLICIES
from tests.integration.operations.conftest import Cluster, Type
from tests.product.house import CONFIG
from tests.unit.archive.samples import coursework, erasure

NOW = SystemClock().now()
TEXT = PolicyText((CONFIG / "policy.toml").read_text(), (CONFIG / "messages.en.toml").read_text())

Whole = list[tuple[int, int, int, bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]]


@pytest.fixture(scope="module")
def events(cluster: Cluster) -> Whole:
    """Events of some learners and what else stands in the topic: all that stands in it now."""
    version = TEXT.load().version
    cluster.put(POLICIES, Record(version.encode(), encode_policy_text(TEXT)), partition=0)
    learners = [f"learner-{n % 20}" for n in range(400)]
    values = [coursework(n, who, NOW) for n, who in enumerate(learners)]
    keys = [learner_key("tenant-1", who) for who in learners]
    cluster.put(EVENTS, *map(Record, keys, values))
    odd = Record(b"odd", b"\xff\x00\n", (("trigger", b"7"),))
    cluster.put(EVENTS, odd, Record(CONTROL_KEY, b"{}"), Record(None, None), partition=3)
    return sorted(
        (r.partition, r.offset, r.timestamp, r.key, r.value, tuple(r.headers))
        for r in cluster.all_of(EVENTS)
    )


def records_in(source: Source) -> Whole:
    return list(_records(source))


def _records(
    source: Source,
) -> Iterator[tuple[int, int, int, bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]]:
    for partition, span in source.spans().items():
        for chunk in source.chunks(partition, span):
            headers = chunk.headers or [()] * len(chunk.offsets)
            for row in zip(
                chunk.offsets, chunk.times, chunk.keys, chunk.values, headers, strict=True
            ):
                yield partition, *row


@pytest.fixture(scope="module")
def source(cluster: Cluster, events: Whole) -> KafkaSource:
    assert events
    return KafkaSource(load_settings({"KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap}))


def test_kafka_is_read_as_it_stands_by_whichever_process(
    source: KafkaSource, events: Whole
) -> None:
    again: KafkaSource = pickle.loads(pickle.dumps(source))
    assert records_in(again) == events
    assert again.spans() == source.spans()
    assert list(source.policies().values())[-1] == (TEXT.policy, TEXT.messages)


def test_a_part_of_a_partition_is_read(source: KafkaSource, events: Whole) -> None:
    partition, span = max(source.spans().items(), key=lambda item: item[1].end)
    wanted = Span(span.begin + 2, span.begin + 5)
    found = [offset for chunk in source.chunks(partition, wanted) for offset in chunk.offsets]
    assert found == [offset for number, offset, *_ in events if number == partition][2:5]


def test_an_archive_holds_the_same_and_answers_alike(
    type_in: Type, source: KafkaSource, events: Whole, tmp_path: Path
) -> None:
    made = type_in("archive", "export", "--to", str(tmp_path / "a"), "--all", "--with-states")
    assert made.exit_code == 0, made.output
    archive = ArchiveSource(tmp_path / "a")
    assert records_in(archive) == events
    assert archive.spans() == source.spans()
    assert archive.policies() == source.policies()
    assert archive.manifest.cluster_id == source.cluster_id
    assert all(archive.states(partition) == {} for partition in archive.spans())
    first = events[0][2]
    for millis in (0, first, first + 1, max(event[2] for event in events), first + 10**9):
        for partition in archive.spans():
            assert archive.first_at(partition, millis) == source.first_at(partition, millis)
    for since, until in ((NOW, None), (None, NOW), (NOW + timedelta(days=1), None)):
        assert spans_between(archive, since, until) == spans_between(source, since, until)


def test_of_an_erased_learner_only_the_mark_is_exported(
    cluster: Cluster, type_in: Type, events: Whole, tmp_path: Path
) -> None:
    assert events
    key = learner_key("tenant-1", "learner-5")
    cluster.put(EVENTS, Record(key, erasure("learner-5", NOW)))
    cluster.put(EVENTS, Record(learner_key("tenant-2", "x"), b"{}"))
    ask = ("archive", "export", "--all", "--tenant", "tenant-1")
    made = type_in(*ask, "--to", str(tmp_path / "a"))
    assert made.exit_code == 0, made.output
    found = records_in(ArchiveSource(tmp_path / "a"))
    assert [event[4] for event in found if event[3] == key] == [erasure("learner-5", NOW)]
    assert {(event[3] or b"").partition(b"/")[0] for event in found} == {b"tenant-1", CONTROL_KEY}
    lines = type_in(*ask, "--jsonl", "-")
    assert len(lines.stdout.splitlines()) == len(found)


def test_what_was_never_there_is_said(type_in: Type, events: Whole, tmp_path: Path) -> None:
    assert events
    made = type_in("archive", "export", "--to", str(tmp_path / "a"), "--from", "2100-01-01")
    assert made.exit_code == 1
    assert "has no records of that time" in made.output
    assert not (tmp_path / "a").exists()
