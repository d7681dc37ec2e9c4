"""Both services fail in every way that a service can, amid one load."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.clock import SystemClock
from orchestrator.core.actions import Outcome
from orchestrator.embedded.sandbox import Call, Fault, Mode, Service
from orchestrator.guarantee import Guarantee
from tests.faults.conftest import FaultReport
from tests.product.ends import read_ends
from tests.product.house import PARTITIONS, House, school
from tests.product.oracle import read_all

SEED = 14
EVENTS = 600
LEARNERS = 200
OFTEN = 3
"""How many calls of each service fail in each way."""

LONGER_THAN_ANYBODY_WAITS_S = 12.0
RETRY_AFTER_S = 2
REPLY_LOST = (Mode.ACCEPT_THEN_RESET, Mode.SLOW_BODY)
FAILING = (Mode.SERVER_ERROR, Mode.TOO_MANY, Mode.TIMEOUT, Mode.RESET, *REPLY_LOST)


def misfortunes(service: Service, rng: random.Random) -> list[Fault]:
    """Every way to fail, that often, and twice as many calls that go well, in any order."""
    modes = [mode for mode in FAILING for _ in range(OFTEN)]
    modes += [Mode.OK] * (2 * len(modes))
    rng.shuffle(modes)
    return [_fault(service, mode) for mode in modes]


def _fault(service: Service, mode: Mode) -> Fault:
    wait = RETRY_AFTER_S if mode is Mode.TOO_MANY else None
    return Fault(
        service=service,
        mode=mode,
        times=1,
        retry_after=wait,
        delay=LONGER_THAN_ANYBODY_WAITS_S,
    )


@pytest.mark.fault(14)
@pytest.mark.parametrize(
    "guarantee",
    [
        Guarantee.AT_LEAST_ONCE,
        pytest.param(Guarantee.EXACTLY_ONCE, marks=pytest.mark.long),
    ],
)
async def test_a_service_that_fails_in_every_way_is_asked_again_until_each_action_has_one_end(
    tmp_path: Path, guarantee: Guarantee, fault_report: FaultReport
) -> None:
    async with House(tmp_path, {"PROCESSING_GUARANTEE": guarantee}) as house:
        rng = random.Random(SEED)
        for service in Service:
            house.sandbox.put_faults(*misfortunes(service, rng))
        worker = house.new_worker()
        worker.start()
        entries = school(EVENTS, LEARNERS, SEED, SystemClock().now() - timedelta(minutes=3))
        await house.add(entries)
        await house.settled(worker, EVENTS, within=120)

        calls = list(house.sandbox.calls)
        for service in Service:
            met = Counter(call.mode for call in calls if call.service is service)
            assert {mode: met[mode] for mode in FAILING} == dict.fromkeys(FAILING, OFTEN)
        superseded = await _superseded(house)
        asked_again = {mode: not _last_of(calls, mode) - superseded for mode in FAILING}
        # Of a slow body the status has come, and that decides.
        assert asked_again == {mode: mode is not Mode.SLOW_BODY for mode in FAILING}
        assert min(_waits(calls, Mode.TOO_MANY)) >= RETRY_AFTER_S
        assert {mode: _took_effect(calls, mode) for mode in FAILING} == {
            mode: mode in REPLY_LOST for mode in FAILING
        }
        assert max(Counter(call.key for call in calls if call.applied).values()) == 1
        assert len({(call.key, call.digest) for call in calls}) == len({c.key for c in calls})

        findings = await house.judge([str(event["id"]) for _, event in entries])
        fault_report.tell(findings)
        assert findings.faults() == {}


async def _superseded(house: House) -> set[str]:
    """Levels that were not sent again, since a newer one waited too."""
    ends = read_ends(await read_all(house.kafka.bootstrap_servers, PARTITIONS))
    return {end.action_id for end in ends.outcomes if end.outcome is Outcome.SUPERSEDED}


def _last_of(calls: Sequence[Call], mode: Mode) -> set[str]:
    """Keys whose last call went so."""
    last = {call.key: call.mode for call in calls}
    return {key for key, went in last.items() if went is mode}


def _waits(calls: Sequence[Call], mode: Mode) -> list[float]:
    """Seconds from a call that failed so to the next of its key."""
    before: dict[str, Call] = {}
    waits = []
    for call in calls:
        if call.key in before and before[call.key].mode is mode:
            waits.append(call.monotonic - before[call.key].monotonic)
        before[call.key] = call
    return waits


def _took_effect(calls: Sequence[Call], mode: Mode) -> bool:
    """Whether calls that fail so are applied all the same. Fails if some are and some are not."""
    (applied,) = {call.applied or call.repeated for call in calls if call.mode is mode}
    return applied
