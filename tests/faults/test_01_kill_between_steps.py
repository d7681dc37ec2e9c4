"""A worker dies with the power, between two steps of its work, whichever they are."""

import asyncio
import os
import signal
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from orchestrator.embedded.worker import WorkerProcess
from orchestrator.guarantee import Guarantee
from orchestrator.topics import (
    ACTIONS_LEARNER,
    DECISIONS,
    DELIVERIES_CHANGELOG,
    EVENTS,
    LEARNER_STATE_CHANGELOG,
    OUTCOMES,
    STATISTICS_CHANGELOG,
)
from tests.faults.conftest import FaultReport
from tests.faults.kafka_line import Api, KafkaLine, answered, asked
from tests.faults.line import HttpLine, Line, Moment, called
from tests.product.house import Entry, House, school

EVENTS_A_KILL = 300
STRIKES_WITHIN_S = 30


class Step(NamedTuple):
    """A kill: where it strikes, and what is written then and what is not."""

    told: str
    moment: Moment
    of_service: bool = False


ENTRANCE = (
    Step("an entry read, not in Kafka", asked(Api.PRODUCE, EVENTS)),
    Step("an event in Kafka, not acknowledged to Redis", answered(Api.PRODUCE, EVENTS)),
)
COMMITS = (
    Step("the offset about to be committed", asked(Api.OFFSET_COMMIT, EVENTS)),
    Step("the offset committed", answered(Api.OFFSET_COMMIT, EVENTS)),
)
DELIVERY = (
    Step("an action decided, its place not yet written", asked(Api.PRODUCE, DELIVERIES_CHANGELOG)),
    Step("called, and the answer not heard", called, of_service=True),
    Step("called, its outcome not written", asked(Api.PRODUCE, OUTCOMES)),
    Step("its outcome written, its place not", answered(Api.PRODUCE, OUTCOMES)),
    Step("its place written, its offset not", answered(Api.PRODUCE, DELIVERIES_CHANGELOG)),
    Step("an outcome counted, its offset not", answered(Api.PRODUCE, STATISTICS_CHANGELOG)),
)
AT_LEAST_ONCE = (
    *ENTRANCE,
    Step("decided, nothing written", asked(Api.PRODUCE, DECISIONS)),
    Step("actions written, the state not", answered(Api.PRODUCE, ACTIONS_LEARNER)),
    Step("the state written, the offset not", answered(Api.PRODUCE, LEARNER_STATE_CHANGELOG)),
    *COMMITS,
)
EXACTLY_ONCE = (
    *ENTRANCE,
    Step("decided, nothing written", asked(Api.PRODUCE, DECISIONS)),
    Step("actions and state written", answered(Api.PRODUCE, LEARNER_STATE_CHANGELOG)),
    Step("the transaction about to end", asked(Api.END_TXN)),
    Step("the transaction ended, the offset not committed", answered(Api.END_TXN)),
    *COMMITS,
    Step("outcomes counted, their offset not written", asked(Api.TXN_OFFSET_COMMIT, OUTCOMES)),
)


long = partial(pytest.param, marks=pytest.mark.long)


@pytest.mark.fault(1)
@pytest.mark.parametrize(
    ("guarantee", "steps"),
    [
        pytest.param(Guarantee.AT_LEAST_ONCE, AT_LEAST_ONCE, id="at_least_once-deciding"),
        long(Guarantee.AT_LEAST_ONCE, DELIVERY, id="at_least_once-delivering"),
        long(Guarantee.EXACTLY_ONCE, EXACTLY_ONCE, id="exactly_once-deciding"),
        long(Guarantee.EXACTLY_ONCE, DELIVERY, id="exactly_once-delivering"),
    ],
)
async def test_a_worker_killed_between_any_two_steps_loses_and_doubles_nothing(
    tmp_path: Path, fault_report: FaultReport, guarantee: Guarantee, steps: tuple[Step, ...]
) -> None:
    house = House(tmp_path, {"PROCESSING_GUARANTEE": guarantee, "KAFKA_SESSION_TIMEOUT": "3"})
    async with house, kafka_line(house) as kafka, service_line(house) as service:
        worker = house.new_worker(
            KAFKA_BOOTSTRAP_SERVERS=kafka.address,
            GROUP_INSTANCE_ID="the-one",  # back at once, without a session to wait for
            LEARNER_SVC_URL=f"http://{service.address}",
            NOTIFICATION_SVC_URL=f"http://{service.address}",
        )
        await asyncio.to_thread(worker.start)
        entries = school(EVENTS_A_KILL * len(steps), learners=100, seed=11)
        for number, step in enumerate(steps):
            line = service if step.of_service else kafka
            share = entries[number * EVENTS_A_KILL : (number + 1) * EVENTS_A_KILL]
            await kill_at(step, house, worker, line, share)
            await asyncio.to_thread(worker.start)
        await house.read_to_the_end(entries)
        await house.settled(worker, len(entries), within=120)

        findings = await house.judge([str(event["id"]) for _, event in entries])
        fault_report.tell(findings, kills=len(steps))
        assert findings.faults() == {}
        if guarantee is Guarantee.EXACTLY_ONCE:
            assert findings.repeated_actions == 0
        elif steps is AT_LEAST_ONCE:
            assert findings.repeated_actions > 0  # the kill did fall between actions and state


def kafka_line(house: House) -> Line:
    return KafkaLine(house.kafka.bootstrap_servers)


def service_line(house: House) -> Line:
    return HttpLine(house.sandbox.url.removeprefix("http://"))


async def kill_at(
    step: Step, house: House, worker: WorkerProcess, line: Line, entries: list[Entry]
) -> None:
    """Kill the worker at that step of what follows from the entries."""
    trap = line.trap(step.moment, lambda: os.kill(worker.pid, signal.SIGKILL))
    await house.add(entries)
    try:
        await asyncio.wait_for(trap.sprung.wait(), STRIKES_WITHIN_S)
    except TimeoutError:
        pytest.fail(f"the moment never came: {step.told}")
    await asyncio.to_thread(worker.kill)  # it is dead, and known to be from here on
