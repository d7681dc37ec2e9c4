"""Redis comes back from an older file: it is told which stream went back, and where to.

A worker knows this of the streams that it has read itself since it was started.
"""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from tests.faults.conftest import FaultReport
from tests.faults.watching import all_ended, health, lane_counts, logged, redis, redis_is
from tests.product.house import Entry, House, school
from tests.waiting import eventually

STREAM = "aivo.events.coursework"
COUNT = 200

Id = tuple[int, int]


def parts() -> list[list[Entry]]:
    """Four parts of COUNT events in one stream: each learner's in order of time."""
    events = [each for each in school(12 * COUNT, learners=40, seed=9) if each[0] == STREAM]
    return [events[number * COUNT : (number + 1) * COUNT] for number in range(4)]


async def add(house: House, entries: Sequence[Entry], after: Id | None = None) -> Id:
    """XADD, by Redis' clock or with the ids that follow `after`; the last id."""
    async with Redis.from_url(house.valkey.url) as client:
        for number, (stream, event) in enumerate(entries, start=1):
            entry_id = "*" if after is None else f"{after[0]}-{after[1] + number}"
            last: Any = await client.xadd(stream, {"data": msgspec.json.encode(event)}, id=entry_id)
    milliseconds, _, serial = last.decode().partition("-")
    return int(milliseconds), int(serial)


def copy(valkey: Path, to: Path) -> None:
    """What a backup of Valkey's folder holds, or its restoration."""
    shutil.rmtree(to / "appendonlydir", ignore_errors=True)
    shutil.copytree(valkey / "appendonlydir", to / "appendonlydir")


def ids(entries: Sequence[Entry]) -> list[str]:
    return [str(event["id"]) for _, event in entries]


@pytest.mark.fault(9)
async def test_a_stream_that_has_lost_its_tail_is_told_and_nothing_new_is_passed_over(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    read, unread, lost, new = parts()
    backup = tmp_path / "backup"
    async with House(tmp_path) as house:
        worker = house.new_worker()
        worker.start()
        await add(house, read)
        await all_ended(worker, len(read))
        worker.stop()
        last_kept = await add(house, unread)
        await asyncio.to_thread(house.valkey.stop)
        copy(house.valkey.data_dir, backup)

        await asyncio.to_thread(house.valkey.start)
        worker.start()
        last_lost = await add(house, lost)
        await all_ended(worker, len(read + unread + lost))
        await asyncio.to_thread(house.valkey.kill)
        copy(backup, house.valkey.data_dir)
        await asyncio.to_thread(house.valkey.start)
        assert await add(house, new, after=last_kept) < last_lost

        await eventually(lambda: lane_counts(worker, STREAM)["breaks"] == 1, within=60)
        # The outage of all streams ends; the gap of this one stays.
        await eventually(lambda: redis(worker)[1].startswith(f"{STREAM}: gap: "), within=60)
        detail = await redis_is(worker, "degraded")
        assert "the stream lost its tail or was set back" in detail
        assert "{}-{}".format(*last_lost) in detail
        assert health(worker)["status"] == "degraded"
        (line,) = logged(worker, "gap in stream")
        assert line["stream"] == STREAM
        assert line["what"] in detail

        figures = await all_ended(worker, 4 * COUNT)
        await eventually(lambda: settled(house), within=60)
        findings = await house.judge(ids(read + unread + lost + new))
        fault_report.tell(findings, kills=1)
        assert findings.faults() == {}
        assert figures["total_events_processed"] == 4 * COUNT
        assert figures["duplicates"] == len(unread), "read again, and decided once"


async def settled(house: House) -> bool:
    return await house.pending([STREAM]) == 0
