"""The owner of half the partitions stands still, with work in hand, until they have another."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from orchestrator.guarantee import Guarantee
from orchestrator.topics import ACTIONS_LEARNER, DELIVERIES_CHANGELOG, LEARNER_STATE_CHANGELOG
from tests.faults.conftest import FaultReport
from tests.faults.kafka_line import Api, KafkaLine, answered, asked
from tests.faults.line import Moment
from tests.faults.under_load import loaded, nothing_is_lost_or_doubled
from tests.product.cluster import Cluster
from tests.product.house import House, Worker, school
from tests.waiting import eventually

COUNT = 4_500
RATE = 300


async def frozen(
    house: House, cluster: Cluster, line: KafkaLine, owner: Worker, moment: Moment
) -> None:
    """Stop the owner at that moment; let it and its message go on once its partitions are lost."""
    trap = line.trap(moment, lambda: os.kill(owner.pid, signal.SIGSTOP), nth=5)
    await asyncio.wait_for(trap.sprung.wait(), 60)
    owner.was_killed = True  # as good as dead: who takes over does not know whom it has called
    other = cluster.workers[1]

    async def has_all() -> bool:
        told = await cluster.figures(other)
        return bool(told["workers"] == 1 and told["is_initialized"])

    await eventually(has_all, within=60)
    os.kill(owner.pid, signal.SIGCONT)
    trap.released.set()


@asynccontextmanager
async def two_workers(
    tmp_path: Path, guarantee: Guarantee
) -> AsyncIterator[tuple[House, Cluster, KafkaLine, Worker]]:
    """A cluster whose first worker, the owner to be frozen, talks to Kafka through the line."""
    async with (
        House(tmp_path, {"PROCESSING_GUARANTEE": guarantee}) as house,
        KafkaLine(house.kafka.bootstrap_servers) as line,
        aiohttp.ClientSession() as session,
    ):
        cluster = Cluster(house, session, 0)
        owner = house.new_worker(KAFKA_BOOTSTRAP_SERVERS=line.address)
        cluster.workers = [owner, house.new_worker()]
        await cluster.start()
        yield house, cluster, line, owner


STATE = LEARNER_STATE_CHANGELOG


@pytest.mark.fault(22)
@pytest.mark.parametrize(
    ("guarantee", "moment"),
    [
        pytest.param(Guarantee.EXACTLY_ONCE, answered(Api.PRODUCE, STATE), id="exactly_once-state"),
        pytest.param(
            Guarantee.EXACTLY_ONCE,
            asked(Api.END_TXN),
            id="exactly_once-commit_on_the_way",
            marks=pytest.mark.long,
        ),
        pytest.param(
            Guarantee.AT_LEAST_ONCE,
            answered(Api.PRODUCE, ACTIONS_LEARNER),
            id="at_least_once-actions",
            marks=pytest.mark.long,
        ),
        pytest.param(
            Guarantee.AT_LEAST_ONCE,
            asked(Api.PRODUCE, STATE),
            id="at_least_once-state_on_the_way",
        ),
        pytest.param(
            Guarantee.AT_LEAST_ONCE,
            asked(Api.PRODUCE, DELIVERIES_CHANGELOG),
            id="at_least_once-delivery_on_the_way",
            marks=pytest.mark.long,
        ),
    ],
)
async def test_a_stale_owner_is_fenced_and_goes_on_as_a_member(
    tmp_path: Path, fault_report: FaultReport, guarantee: Guarantee, moment: Moment
) -> None:
    async with two_workers(tmp_path, guarantee) as (house, cluster, line, owner):
        pid = owner.pid
        entries = school(COUNT, learners=200, seed=22)
        async with loaded(house, entries, RATE):
            await frozen(house, cluster, line, owner, moment)
            await eventually(cluster.share_the_work, within=60)
        await nothing_is_lost_or_doubled(house, owner, entries, fault_report, guarantee, kills=0)
        assert owner.pid == pid
        assert "joining the group anew" in owner.log.read_text()
