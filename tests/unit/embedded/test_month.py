"""A class's past: repeatable, in the order of arrival, with all that makes a past untidy."""

from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from orchestrator.core.event_codec import decode_event, encode_event
from orchestrator.core.ids import learner_key
from orchestrator.embedded.classroom.month import Arrival, Month, TooManyEvents
from orchestrator.errors import InvalidEvent
from orchestrator.operations.archive_classroom import write_partition
from orchestrator.stream.partitioner import partition_of

MONTH = Month(learners=40, days=10, events=8_000, seed=7, partitions=2)


@pytest.fixture(scope="module")
def arrivals() -> dict[int, list[Arrival]]:
    return {n: [each for day in MONTH.arrivals(n) for each in day] for n in range(2)}


def test_there_are_about_as_many_as_asked_for(arrivals: dict[int, list[Arrival]]) -> None:
    assert sum(map(len, arrivals.values())) == pytest.approx(MONTH.events, rel=0.05)


def test_few_events_and_many_are_spread_over_the_days() -> None:
    assert Month(1, 7, 100).timetable().chance < 0.75
    assert len(Month(1, 7, 400).timetable().slots) > 10
    with pytest.raises(TooManyEvents, match=r"ask for at most \d+ events"):
        Month(1, 7, 4_000).timetable()


def test_each_partition_is_in_the_order_of_arrival(arrivals: dict[int, list[Arrival]]) -> None:
    for found in arrivals.values():
        times = [each.at for each in found]
        assert times == sorted(times)


def test_every_record_is_where_the_topic_would_have_it(arrivals: dict[int, list[Arrival]]) -> None:
    for partition, found in arrivals.items():
        assert {partition_of(each.record.key or b"", 2) for each in found} == {partition}


def test_values_are_what_the_bridge_writes(arrivals: dict[int, list[Arrival]]) -> None:
    broken = 0
    for each in (each for found in arrivals.values() for each in found):
        value = each.record.value or b""
        try:
            event = decode_event(value)
        except InvalidEvent:
            broken += 1
            continue
        assert encode_event(event) == value
        assert learner_key(event.tenant_id, event.learner_id) == each.record.key
        assert event.received_at == each.at
    assert broken == 1


def test_some_come_twice_some_late_and_one_learner_is_erased(
    arrivals: dict[int, list[Arrival]],
) -> None:
    all_of_them = [each for found in arrivals.values() for each in found]
    assert sum(count > 1 for count in Counter(each.name for each in all_of_them).values()) > 1
    events = [decode_event(e.record.value or b"") for e in all_of_them if "broken" not in e.name]
    assert sum((event.received_at - event.timestamp).seconds > 100 for event in events) > 5
    assert [event.learner_id for event in events if event.type == "LEARNER_ERASED"] == [
        "learner-013"
    ]


def test_the_same_month_gives_the_same_bytes(tmp_path: Path) -> None:
    small = MONTH._replace(learners=20, days=2, events=500)
    hashes = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        files = write_partition(folder, small, 0, "version")
        assert files is not None
        hashes.append(
            [sha256((folder / part.name).read_bytes()).hexdigest() for part in files.files]
        )
    assert hashes[0] == hashes[1]
    assert write_partition_with_seed(tmp_path, small._replace(seed=8)) != hashes[0]


def write_partition_with_seed(folder: Path, month: Month) -> list[str]:
    files = write_partition(folder, month, 0, "version")
    assert files is not None
    return [part.sha256 for part in files.files]
