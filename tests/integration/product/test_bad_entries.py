"""What is no event, amid what is: refused with its reason, once, and holding up nobody.

And what no dialect understands, until a version comes that does.
"""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from orchestrator.clock import SystemClock
from orchestrator.embedded.worker import WorkerProcess
from tests.product.bad_entries import BAD
from tests.product.envelopes import Entry
from tests.product.house import House, get, school
from tests.product.letters import assert_balanced, letters, put, reason
from tests.product.versions import newer_version, operate, running
from tests.waiting import eventually

STREAMS = [f"aivo.events.{name}" for name in ("baseline", "slp", "sel", "coursework", "assessment")]
GOOD = 600
ROUNDS = 2

Placed = tuple[str, Entry, str | None]
"""(stream, entry, the reason that it is refused for, if it is)"""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with House(tmp_path) as house:
        yield house


def mixed(good: list[tuple[str, Entry]]) -> Iterator[Placed]:
    """The good ones in their order, and each kind of bad one in ROUNDS different streams."""
    bad = [
        (STREAMS[(number + turn) % len(STREAMS)], *each)
        for turn in range(ROUNDS)
        for number, each in enumerate(BAD)
    ]
    for number, (stream, entry) in enumerate(good):
        yield stream, entry, None
        if number % 2 and bad:
            yield bad.pop()
    assert not bad


def test_there_are_over_seventy_kinds_of_bad_entries_for_every_reason_of_the_entrance() -> None:
    assert len({repr(entry) for entry, _ in BAD}) == len(BAD) > 70
    assert {reason for _, reason in BAD} == {
        "ambiguous",
        "invalid field",
        "malformed json",
        "missing field",
        "missing tenant_id",
        "not an object",
        "not utf-8",
        "timestamp in the future",
        "too large",
        "unknown dialect",
        "unknown type",
        "upload announcement",
    }


async def test_every_bad_entry_is_a_dead_letter_with_its_reason_and_every_good_one_is_decided(
    house: House,
) -> None:
    worker = house.new_worker()
    worker.start()
    events = school(GOOD, learners=60, seed=9)
    placed = list(mixed([(s, {"data": msgspec.json.encode(event)}) for s, event in events]))
    sources = await put(house, [(stream, entry) for stream, entry, _ in placed])
    await house.settled(worker, events=len(placed))

    expected = {
        source: why for source, (*_, why) in zip(sources, placed, strict=True) if why is not None
    }
    found = await letters(house)
    assert {source: [reason(each) for each in them] for source, them in found.items()} == {
        source: [why] for source, why in expected.items()
    }
    assert len(found) == ROUNDS * len(BAD)
    assert await house.pending(STREAMS) == 0
    figures = get(worker, "/stats")
    assert (figures["dead_letters"], figures["total_events_processed"]) == (len(found), GOOD)
    assert_balanced(figures)
    assert (await house.judge([str(event["id"]) for _, event in events])).faults() == {}

    # Nothing was mended: a replay refuses each of them again, and changes nothing.
    replayed = await operate(house, None, "dead-letters", "replay", "--since", "1h")
    assert replayed.returncode == 3, replayed.stderr
    assert f"\n0 replayed, {len(found)} refused." in replayed.stdout
    assert get(worker, "/stats")["dead_letters"] == len(found)


def registered(number: int) -> tuple[str, Entry]:
    """What a new producer writes, in words that nobody has told us of."""
    entry = {
        "number": f"register-{number}",
        "what": "assessment_complete",
        "school": "tenant-1",
        "pupil": f"pupil-{number % 7}",
        "when": (SystemClock().now() - timedelta(minutes=60 - number)).isoformat(),
        "score": 0.9 if number % 2 else 0.2,
    }
    return STREAMS[number % 3], {"event": json.dumps(entry)}


def decided(worker: WorkerProcess) -> tuple[int, int, int]:
    figures = get(worker, "/stats")
    return figures["total_events_processed"], figures["duplicates"], figures["dead_letters"]


async def test_what_a_new_row_of_the_dialects_reads_is_decided_once_however_often_it_is_replayed(
    house: House, tmp_path: Path
) -> None:
    count = 30
    old = house.new_worker()
    old.start()
    events = school(90, learners=20, seed=10)
    for part in range(3):
        await house.add(events[part * 30 : part * 30 + 30])
        await put(house, [registered(number) for number in range(part * 10, part * 10 + 10)])
    await house.settled(old, events=90 + count)
    assert decided(old) == (90, 0, count)
    assert {reason(each) for them in (await letters(house)).values() for each in them} == {
        "unknown dialect"
    }
    replay = ("dead-letters", "replay", "--reason", "unknown dialect")
    too_early = await operate(house, None, *replay)
    assert f"\n0 replayed, {count} refused." in too_early.stdout
    old.stop()

    version = newer_version(tmp_path / "newer")
    new = house.new_worker(**running(version))
    new.start()
    first = await operate(house, version, *replay)
    assert first.returncode == 0, first.stdout + first.stderr
    assert f"{count} replayed, 0 refused." in first.stdout
    await eventually(lambda: decided(new) == (90 + count, 0, count), within=60)
    second = await operate(house, version, *replay)
    assert "0 replayed, 0 refused." in second.stdout
    assert f"{count} left out" in second.stdout
    await operate(house, version, *replay, "--again")
    await eventually(lambda: decided(new) == (90 + count, count, count), within=60)

    await put(house, [registered(count)])
    await eventually(lambda: decided(new) == (91 + count, count, count), within=60)
    await house.settled(new, events=0)
    assert_balanced(get(new, "/stats"))
    inputs = [str(event["id"]) for _, event in events]
    inputs += [f"register-{number}" for number in range(count + 1)]
    assert (await house.judge(inputs)).faults() == {}
    assert await house.pending(STREAMS) == 0
