"""Nothing but refusals: the worker stops, says how to go on, and that is how it goes on."""

import re
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from orchestrator.embedded.worker import WorkerProcess
from tests.faults.conftest import FaultReport
from tests.faults.watching import all_ended
from tests.product import envelopes
from tests.product.house import Entry, House, get, school
from tests.product.letters import letters, put, reason
from tests.product.versions import newer_version, operate, running
from tests.waiting import eventually

STREAM = "aivo.events.assessment"
BAD, LEARNERS = 1_500, 300
LIMIT = 500


def registered(number: int) -> envelopes.Entry:
    """What a new producer writes, in words that this version does not know."""
    return {
        "event": f'{{"number": "register-{number}", "what": "assessment_complete",'
        f' "school": "tenant-1", "pupil": "pupil-{number % LEARNERS}",'
        f' "when": "2025-03-01T09:{number % 60:02}:00Z", "score": {number % 10 / 10}}}'
    }


async def last_words(worker: WorkerProcess) -> str:
    """Wait until the worker has stopped by itself; what it said of the flood."""
    await eventually(lambda: not worker.is_running, within=60)
    found = re.search(rf"{STREAM}: .* in a row were refused.*? for good\.", worker.log.read_text())
    assert found is not None
    return found[0]


async def acknowledged(house: House) -> set[str]:
    """The sources of the stream's entries that were given out and are not pending."""
    group = "orchestrator-consumer-group"
    async with Redis.from_url(house.valkey.url) as redis:
        (state,) = await redis.xinfo_groups(STREAM)
        given: Any = await redis.xrange(STREAM, max=state["last-delivered-id"])
        pending = await redis.xpending_range(STREAM, group, "-", "+", 10_000)
    kept = {each["message_id"] for each in pending}
    return {f"redis:{STREAM}:{name.decode()}" for name, _ in given if name not in kept}


async def stopped_by_the_flood(house: House) -> str:
    """A worker meets BAD entries that nobody can read; its last words, when all is as promised."""
    worker = house.new_worker()
    worker.start()
    sources = await put(house, [(STREAM, registered(number)) for number in range(BAD)])
    message = await last_words(worker)
    refused = set(await letters(house))
    assert refused == set(sources[: len(refused)])
    assert LIMIT <= len(refused) < BAD
    assert await acknowledged(house) <= refused
    return message


@pytest.mark.fault(13)
async def test_the_worker_stops_and_goes_on_with_a_dialect_that_reads_what_was_refused(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    async with House(tmp_path) as house:
        message = await stopped_by_the_flood(house)
        refused = len(await letters(house))
        said = re.search(
            r"mend the dialect .* start the worker again, .*`orchestrator (.*?)`", message
        )
        assert said is not None
        assert said[1] == "dead-letters replay --reason 'unknown dialect'"

        version = newer_version(tmp_path / "newer")
        worker = house.new_worker(**running(version))
        worker.start()
        await eventually(lambda: processed(worker) == BAD - refused, within=60)
        command = ("dead-letters", "replay", "--reason", "unknown dialect")
        replayed = await operate(house, version, *command)
        assert replayed.returncode == 0, replayed.stdout + replayed.stderr
        figures = await all_ended(worker, BAD + refused)
        assert figures["total_events_processed"] == BAD
        assert (figures["duplicates"], figures["dead_letters"]) == (0, refused)
        findings = await house.judge([f"register-{number}" for number in range(BAD)])
        fault_report.tell(findings)
        assert findings.faults() == {}
        assert await house.pending([STREAM]) == 0


@pytest.mark.long
@pytest.mark.fault(13)
async def test_the_worker_goes_on_with_a_higher_limit_once_the_producer_is_mended(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    async with House(tmp_path) as house:
        message = await stopped_by_the_flood(house)
        said = re.search(r"once with (FLOOD_SHARE)=(\S+) and (FLOOD_RUN)=(\d+)", message)
        assert said is not None
        good = school(200, learners=20, seed=13)
        await house.add(good)

        once = house.new_worker(**{said[1]: said[2], said[3]: said[4]})
        once.start()
        figures = await all_ended(once, BAD + len(good))
        assert figures["total_events_processed"] == len(good)
        found = await letters(house)
        assert {reason(each) for them in found.values() for each in them} == {"unknown dialect"}
        assert len(found) == figures["dead_letters"] == BAD
        once.stop()

        ordinary = house.new_worker()
        ordinary.start()
        more: list[Entry] = [
            (stream, {**event, "id": f"later-{event['id']}"}) for stream, event in good
        ]
        await house.add(more)
        await all_ended(ordinary, BAD + 2 * len(good))
        findings = await house.judge([str(event["id"]) for _, event in good + more])
        fault_report.tell(findings)
        assert findings.faults() == {}
        assert await house.pending(sorted({STREAM, *(stream for stream, _ in good)})) == 0


def processed(worker: WorkerProcess) -> int:
    return int(get(worker, "/stats")["total_events_processed"])
