"""Learners are erased amid the load while a worker dies, so that erasures are decided again."""

import asyncio
import contextlib
import http.client
import random
import urllib.error
from collections.abc import Iterable
from pathlib import Path

import pytest

from orchestrator.embedded.sandbox import Mode, Service
from orchestrator.embedded.worker import WorkerProcess
from orchestrator.guarantee import Guarantee
from tests.faults.conftest import FaultReport
from tests.product.ends import read_ends
from tests.product.house import PARTITIONS, Entry, House, erase, get, school
from tests.product.oracle import expected, read_all
from tests.waiting import eventually

SEED = 21
EVENTS_A_ROUND = 1_500
LEARNERS = 60
ERASED_A_ROUND = 12

Who = tuple[str, str]


def whom(entries: Iterable[Entry], rng: random.Random, count: int) -> list[Who]:
    """Some of the learners of these events."""
    there = sorted({(str(e["tenant_id"]), str(e["learner_id"])) for _, e in entries})
    return rng.sample(there, count)


async def erase_some(worker: WorkerProcess, learners: list[Who], least: int) -> int:
    """Erase all at once, and kill the worker when so many have a receipt; how many have one."""
    receipts = 0

    async def one(who: Who) -> None:
        nonlocal receipts
        # Who is asked by a worker that dies gets no answer; the erasure may stand in Kafka or not.
        with contextlib.suppress(urllib.error.URLError, OSError, http.client.HTTPException):
            await asyncio.to_thread(erase, worker, *who)
            receipts += 1

    asking = [asyncio.create_task(one(who)) for who in learners]
    await eventually(lambda: receipts >= least, within=60)
    await asyncio.to_thread(worker.kill)
    await asyncio.gather(*asking)
    return receipts


async def amid_load(house: House, worker: WorkerProcess, entries: list[Entry]) -> int:
    """Events in parts, in each some learners erased, and the worker killed amid them."""
    rng, receipts = random.Random(SEED), 0
    for begin in range(0, len(entries), EVENTS_A_ROUND):
        part = entries[begin : begin + EVENTS_A_ROUND]
        await house.add(part)
        receipts += await erase_some(worker, whom(part, rng, ERASED_A_ROUND), least=3)
        await asyncio.to_thread(worker.start)
    return receipts


async def erased_actions(house: House) -> set[str]:
    """Actions that a pure fold has decided before their learner was erased, once all have ended."""
    found: set[str] = set()

    async def have_ended() -> bool:
        log = await read_all(house.kafka.bootstrap_servers, PARTITIONS)
        eras = expected(log, house.policy).eras
        found.update(name for name, era in eras.items() if era.erased)
        return found <= {outcome.action_id for outcome in read_ends(log).outcomes}

    await eventually(have_ended, within=120)
    return found


@pytest.mark.fault(21)
@pytest.mark.parametrize(
    ("guarantee", "rounds"),
    [
        pytest.param(Guarantee.AT_LEAST_ONCE, 4, marks=pytest.mark.long),
        pytest.param(Guarantee.EXACTLY_ONCE, 4, marks=pytest.mark.long),
        (Guarantee.EXACTLY_ONCE, 2),
    ],
)
async def test_learners_erased_while_a_worker_dies_are_forgotten_once_and_begin_anew(
    tmp_path: Path, fault_report: FaultReport, guarantee: Guarantee, rounds: int
) -> None:
    count = rounds * EVENTS_A_ROUND
    async with House(tmp_path, {"PROCESSING_GUARANTEE": guarantee}) as house:
        worker = house.new_worker()
        worker.start()
        house.sandbox.put_fault(Service.NOTIFICATION, Mode.SERVER_ERROR)
        entries = school(count, LEARNERS, SEED)
        receipts = await amid_load(house, worker, entries)
        assert receipts >= 3 * rounds

        await eventually(lambda: is_decided(worker, count), within=120)
        gone = await erased_actions(house)
        called = {key: house.sandbox.calls.times(key) for key in gone}
        house.sandbox.put_fault(Service.NOTIFICATION, Mode.OK)
        await house.settled(worker, count, within=120)

        assert {key: house.sandbox.calls.times(key) for key in gone} == called
        figures = get(worker, "/stats")
        assert figures["actions_erased"] > rounds
        findings = await house.judge([str(event["id"]) for _, event in entries])
        fault_report.tell(findings, kills=rounds)
        assert findings.faults() == {}
        assert await house.pending(sorted({stream for stream, _ in entries})) == 0


def is_decided(worker: WorkerProcess, count: int) -> bool:
    figures = get(worker, "/stats")
    return bool(figures["total_events_received"] >= count and figures["events_in_flight"] == 0)
