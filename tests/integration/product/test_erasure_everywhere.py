"""A learner is erased, and then looked for in every place that keeps anything."""

import asyncio
import json
import urllib.error
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from click.testing import CliRunner, Result
from redis.asyncio import Redis

from orchestrator.cli import main
from orchestrator.core.ids import learner_key
from orchestrator.embedded.sandbox import Mode, Service
from orchestrator.stream.records import RawRecord
from orchestrator.stream.topic_reader import reader
from orchestrator.topics import (
    DELIVERIES_CHANGELOG,
    LEARNER_STATE_CHANGELOG,
    POLICIES,
    STATISTICS_CHANGELOG,
)
from tests.product.cluster import Cluster
from tests.product.house import Entry, House, get
from tests.product.letters import put
from tests.product.levels import TENANT, assessment
from tests.product.outage import alert
from tests.waiting import eventually

ZOE, BEN = "zoe-of-whom-nothing-is-to-stay", "ben-who-stays"
NAME = ZOE.encode()
CHANGELOGS = (LEARNER_STATE_CHANGELOG, DELIVERIES_CHANGELOG, STATISTICS_CHANGELOG)


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    async with House(tmp_path) as house, aiohttp.ClientSession() as session:
        found = Cluster(house, session)
        await found.start()
        yield found


async def type_in(house: House, *words: str) -> Result:
    settings = {"KAFKA_BOOTSTRAP_SERVERS": house.kafka.bootstrap_servers}
    return await asyncio.to_thread(CliRunner().invoke, main, list(words), env=settings)


async def live_a_life(cluster: Cluster) -> None:
    """Zoe has a state, a refused and some waiting actions, refused events, and a body's hash."""
    house, (one, other) = cluster.house, cluster.workers
    house.sandbox.put_fault(Service.LEARNER, Mode.BAD_REQUEST, times=1)
    await house.add([unnamed(assessment(1, 0.92, ZOE), "first")])
    await eventually(lambda: get(one, "/stats")["actions_rejected"] == 1, within=60)
    for service in Service:
        house.sandbox.put_fault(service, Mode.SERVER_ERROR)
    body = {
        "type": "BASELINE_COMPLETE",
        "tenant_id": TENANT,
        "learner_id": ZOE,
        "data": {"overall_score": 0.9, "strengths": ["reading"], "challenges": ["writing"]},
    }
    assert (await cluster.post(other, body, **{"Idempotency-Key": "zoes-first"}))[0] == 200
    await house.add([unnamed(alert(ZOE), "second"), alert(BEN), assessment(1, 0.9, BEN)])
    await put(house, [("aivo.events.sel", {"data": bad}) for bad in BAD])
    await eventually(lambda: get(one, "/stats")["dead_letters"] == 2, within=60)
    await eventually(lambda: get(one, "/stats")["total_learners"] == 2, within=60)
    await eventually(lambda: told(cluster, "/events", "total_count") == [3, 3], within=60)
    await eventually(lambda: min(told(cluster, "/actions", "total_count")) > 2, within=60)


def unnamed(entry: Entry, event_id: str) -> Entry:
    """With an id that does not name the learner: it is in logs, and on the producer's account."""
    stream, event = entry
    return stream, {**event, "id": event_id}


BAD = (
    json.dumps({"type": "SEL_ALERT", "tenant_id": TENANT, "learner_id": ZOE, "data": {}}),
    f'{{"type": "SEL_ALERT", "tenant_id": "{TENANT}", "learner_id": "{ZOE}", cut off',
)
"""Two that no event can be read from."""


def told(cluster: Cluster, path: str, figure: str) -> list[Any]:
    """What each worker says of Zoe, or nothing while it cannot."""
    return [shown(worker, f"{path}?learner_id={ZOE}&tenant_id={TENANT}").get(figure)
            for worker in cluster.workers]  # fmt: skip


def shown(worker: Any, path: str) -> dict[str, Any]:
    try:
        return get(worker, path)
    except urllib.error.HTTPError:
        return {}


def letters(cluster: Cluster) -> list[set[str]]:
    """The learners whose dead letters each worker shows."""
    pages = [get(worker, f"/dead-letters?tenant_id={TENANT}") for worker in cluster.workers]
    return [{each["learner_id"] for each in page["dead_letters"]} for page in pages]


async def test_nothing_of_an_erased_learner_is_left_but_what_the_receipt_names(
    cluster: Cluster,
) -> None:
    house = cluster.house
    await live_a_life(cluster)
    assert letters(cluster) == [{ZOE}, {ZOE}]
    assert await names_in_files(house), "a history that never held the name proves nothing"

    erased = await type_in(house, "erase", "--tenant", TENANT, "--learner", ZOE, "--yes", "--json")
    assert erased.exit_code == 0, erased.output
    receipt = json.loads(erased.stdout)
    remains = {each["topic"] for each in receipt["remains"]}

    await eventually(lambda: told(cluster, "/events", "total_count") == [0, 0], within=60)
    await eventually(lambda: told(cluster, "/actions", "total_count") == [0, 0], within=60)
    for worker in cluster.workers:
        assert (await cluster.state_of(worker, (TENANT, ZOE)))[0] == 404
        assert (await cluster.get(worker, f"/learners/{ZOE}/why?tenant_id={TENANT}"))[0] == 404
    assert letters(cluster) == [set(), set()]
    listed = await type_in(house, "dead-letters", "list", "--json")
    assert ZOE not in listed.output
    replayed = await type_in(house, "dead-letters", "replay", "--since", "1h", "--actions")
    assert "0 replayed, 0 refused." in replayed.output
    assert get(cluster.workers[0], "/stats")["total_learners"] == 1

    await eventually(lambda: no_name_in_files(house), within=30)
    for worker in cluster.workers:
        assert NAME not in worker.log.read_bytes()
        async with cluster.session.get(worker.url + "/metrics") as response:
            assert NAME not in await response.read()

    kafka = {"bootstrap_servers": house.kafka.bootstrap_servers}
    assert await topics_with_the_name(kafka) <= remains
    for changelog in CHANGELOGS:
        rows = latest(await read(kafka, changelog))
        assert not [key for key, value in rows.items() if value and NAME in value]
        keys = [key for key, value in rows.items() if value and NAME in key]
        assert len(keys) <= STUBS[changelog]
        assert bool(keys) <= (changelog in remains)
    async with Redis.from_url(house.valkey.url) as redis:
        entries = [await redis.xrange(stream) for stream in ("aivo.events.sel",)]
    assert (NAME in repr(entries).encode()) == ("redis" in remains)

    await put(house, [("aivo.events.sel", {"data": BAD[0]})])
    await eventually(lambda: letters(cluster) == [{ZOE}, {ZOE}], within=60)


STUBS = {LEARNER_STATE_CHANGELOG: 1, DELIVERIES_CHANGELOG: 2, STATISTICS_CHANGELOG: 0}
"""Rows whose key may name who was erased: the state's, and one for each service."""


async def names_in_files(house: House) -> list[Path]:
    """The files of the histories that hold the name."""
    files = [path for worker in house.workers for path in worker.data_dir.glob("history/*")]
    return [path for path in files if path.is_file() and NAME in path.read_bytes()]


async def no_name_in_files(house: House) -> bool:
    return not await names_in_files(house)


async def read(kafka: dict[str, str], topic: str) -> list[RawRecord]:
    async with reader(kafka, topic) as source:
        parts = source.read(await source.spans())
        return [record async for records in parts for record in records]


def latest(records: list[RawRecord]) -> dict[bytes, bytes | None]:
    """What compaction would leave."""
    return {record.key or b"": record.value for record in records}


async def topics_with_the_name(kafka: dict[str, str]) -> set[str]:
    """Of all topics of Kafka but its own."""
    admin = AIOKafkaAdminClient(**kafka)
    await admin.start()
    try:
        names = {name for name in await admin.list_topics() if not name.startswith("__")}
    finally:
        await admin.close()
    assert POLICIES in names
    holding = set()
    for name in names:
        for record in await read(kafka, name):
            if NAME in (record.key or b"") + (record.value or b"") + repr(record.headers).encode():
                holding.add(name)
    return holding


assert learner_key(TENANT, ZOE).endswith(NAME), "the name must stand in the keys as it is"
