"""A lane passes everything on, in order, and acknowledges it afterwards."""

from collections import Counter
from collections.abc import Callable, Sequence

from orchestrator.bridge.answers import Pending
from orchestrator.bridge.bridge import Bridge
from orchestrator.bridge.connection import connect
from orchestrator.bridge.health import LaneHealth, LaneStatus
from orchestrator.bridge.redis_stream import RedisStream
from orchestrator.topics import DEAD_LETTERS, EVENTS
from tests.integration.bridge.conftest import NewBridge, Stream, until
from tests.integration.bridge.fake_sender import FakeSender
from tests.product.bad_entries import BAD
from tests.product.envelopes import Entry, envelope


async def test_good_entries_are_sent_in_order_and_bad_ones_become_dead_letters(
    bridge: Bridge, stream: Stream, sender: FakeSender
) -> None:
    entries: list[Entry] = []
    good = []
    for number, (bad, _) in enumerate(BAD):
        for event_id in (f"e-{number}-{n}" for n in range(number % 5 + 1)):
            entries.append(envelope(event_id, f"l-{number % 11}"))
            good.append(event_id)
        entries.append(bad)
    ids = await stream.add(*entries)

    await bridge.start_lane(0)
    await stream.settled()

    assert sender.event_ids() == good
    assert sender.reasons() == [reason for _, reason in BAD]
    sources = [record.key for record in sender.records(DEAD_LETTERS)]
    places = [place for place, fields in enumerate(entries) if fields in [bad for bad, _ in BAD]]
    assert sources == [f"redis:{stream.name}:{ids[place]}".encode() for place in places]
    assert await stream.pending() == 0


async def test_the_counts_are_those_of_what_was_read_and_written(
    bridge: Bridge, stream: Stream, sender: FakeSender
) -> None:
    await stream.add(envelope("e-1", mood="fine"), *(fields for fields, _ in BAD))
    await bridge.start_lane(0)
    await stream.settled()
    await bridge.stop_lane(0)

    counts = bridge.snapshot()[0].counts
    entries = len(BAD) + 1
    assert (counts.read, counts.produced, counts.acknowledged) == (entries, 1, entries)
    assert counts.dead_letters == Counter(reason for _, reason in BAD)
    assert counts.unknown_fields == 1


class Noted:
    def __init__(self) -> None:
        self.added: list[tuple[str, int]] = []

    def on_read(self, stream: str, added: Sequence[int]) -> None:
        self.added += [(stream, each) for each in added]


async def test_it_is_told_when_what_was_read_had_been_added(
    new_bridge: NewBridge, redis_url: str, stream: Stream
) -> None:
    noted = Noted()
    ids = await stream.add(*(envelope(f"e-{number}") for number in range(20)))
    await new_bridge(redis_url, stream.name, observer=noted).start_lane(0)
    await stream.settled()
    assert noted.added == [(stream.name, int(each.split("-")[0])) for each in ids]


async def test_entries_that_come_later_are_passed_on_as_they_come(
    bridge: Bridge, stream: Stream, sender: FakeSender
) -> None:
    await bridge.start_lane(0)
    for number in range(1, 6):
        await stream.add_numbered(number, number)
        await sender.until(lambda number=number: len(sender.event_ids()) == number)  # type: ignore[misc]
    assert sender.event_ids() == [f"e-{number}" for number in range(1, 6)]


async def test_a_large_backlog_is_read_in_order(
    bridge: Bridge, stream: Stream, sender: FakeSender
) -> None:
    expected = await stream.add_numbered(1, 5_000, learners=500)
    await bridge.start_lane(0)
    await stream.settled()
    assert sender.event_ids() == expected


async def test_lanes_read_their_own_streams_and_only_those_started(
    new_bridge: NewBridge, redis_url: str, stream: Stream, sender: FakeSender
) -> None:
    other = Stream(stream.client, f"{stream.name}.other")
    bridge = new_bridge(redis_url, stream.name, other.name)
    await stream.add_numbered(1, 3)
    await other.add_numbered(4, 6)

    await bridge.start_lane(1)
    await other.settled()
    assert sender.event_ids() == ["e-4", "e-5", "e-6"]
    assert [each.status for each in bridge.health()] == [LaneStatus.STOPPED, LaneStatus.READING]

    await bridge.start_lane(0)
    await stream.settled()
    assert sender.event_ids() == ["e-4", "e-5", "e-6", "e-1", "e-2", "e-3"]


async def test_a_learner_never_has_more_on_the_way_than_its_state_remembers(
    new_bridge: NewBridge,
    redis_url: str,
    stream: Stream,
    sender: FakeSender,
    unique_name: Callable[[str], str],
) -> None:
    expected = await stream.add_numbered(1, 300, learners=2)
    bridge = new_bridge(redis_url, stream.name, *(unique_name(f"{n}") for n in range(3)))
    await bridge.start_lane(0)
    await stream.settled()

    assert sender.event_ids() == expected
    per_send = [Counter(record.key for record in records) for _, records in sender.batches]
    assert max(max(counts.values()) for counts in per_send) == 64 // 4
    assert {topic for topic, _ in sender.batches} == {EVENTS}


async def test_a_lane_says_how_it_is(bridge: Bridge, stream: Stream) -> None:
    assert bridge.health() == (LaneHealth(stream=stream.name),)
    await bridge.start_lane(0)
    await stream.add_numbered(1, 4)
    await stream.settled()

    async def is_quiet() -> bool:
        return bridge.health()[0].lag == 0

    await until(is_quiet)
    health = bridge.health()[0]
    assert (health.status, health.detail, health.pending) == (LaneStatus.READING, "", 0)
    assert health.last_read_at is not None


async def test_the_lag_is_what_nobody_was_given_yet(redis_url: str, stream: Stream) -> None:
    reader = RedisStream(connect(redis_url), stream.name)
    assert await lag(reader) is None
    await reader.create_group()
    await reader.create_group()
    await stream.add_numbered(1, 5)
    assert await lag(reader) == 5
    entries, pending = await reader.read_new(2)
    assert (len(entries), pending, await lag(reader)) == (2, Pending(2, 0), 3)
    await reader.close()


async def lag(reader: RedisStream) -> int | None:
    state = await reader.state()
    return None if state is None else state.lag
