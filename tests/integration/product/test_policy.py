"""A policy brought into force under load: one offset in each partition, on whichever worker."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

from orchestrator.core.decisions import decode_decisions
from orchestrator.core.policy import load_policy
from orchestrator.topics import DECISIONS
from tests.product.house import CONFIG, PARTITIONS, House, get, school, shipped_policy
from tests.product.oracle import read_all

EVENTS = 6_000


def activate(house: House, file: Path) -> dict[int, int]:
    """What the command says: the offset from which each partition decides by the new policy."""
    servers = {"KAFKA_BOOTSTRAP_SERVERS": house.kafka.bootstrap_servers}
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator", "policy", "activate", str(file)],
        env={**os.environ, **servers},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return {int(p): int(o) for p, o in re.findall(r"partition (\d+): (\d+)", done.stdout)}


async def test_a_policy_activated_under_load_switches_at_one_offset_in_each_partition(
    tmp_path: Path,
) -> None:
    text = (CONFIG / "policy.toml").read_text()
    candidate = tmp_path / "candidate.toml"
    candidate.write_text(text.replace("after_minutes = 25", "after_minutes = 20"))
    old = shipped_policy()
    new = load_policy(candidate.read_text(), (CONFIG / "messages.en.toml").read_text())
    assert old.version != new.version

    async with House(tmp_path) as house:
        workers = [house.new_worker(), house.new_worker()]
        await asyncio.gather(*(asyncio.to_thread(worker.start) for worker in workers))
        entries = school(EVENTS, learners=200, seed=5)
        await house.add(entries[: EVENTS // 2])
        offsets = await asyncio.to_thread(activate, house, candidate)
        await house.add(entries[EVENTS // 2 :])
        await house.settled(workers[0], EVENTS, within=120)

        log = await read_all(house.kafka.bootstrap_servers, PARTITIONS)
        found = [
            (batch.partition, row.offset, batch.policy_version)
            for records in log[DECISIONS].values()
            for record in records
            for batch in [decode_decisions(record.value or b"")]
            for row in batch.rows
        ]
        wrong = [
            (partition, offset, version)
            for partition, offset, version in found
            if version != (new.version if offset > offsets[partition] else old.version)
        ]
        assert sorted(offsets) == list(range(PARTITIONS))
        assert wrong == []
        assert {version for _, _, version in found} == {old.version, new.version}
        assert get(workers[1], "/stats")["policy_version"] == new.version
