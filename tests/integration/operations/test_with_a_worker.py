"""A dead letter's whole way: refused by a worker, replayed by hand, decided once."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner, Result

from orchestrator.cli import main
from orchestrator.clock import SystemClock
from tests.product.house import House, get
from tests.waiting import eventually

STREAM = "aivo.events.sel"


def type_in(house: House, *words: str) -> Result:
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": house.kafka.bootstrap_servers,
        "DEFAULT_TENANT_ID": "north",
    }
    return CliRunner().invoke(main, list(words), env=settings)


async def test_an_alert_that_was_refused_reaches_the_child_once_after_its_replay(
    tmp_path: Path,
) -> None:
    alert = {
        "type": "SEL_ALERT",
        "learner_id": "learner-1",
        "timestamp": (SystemClock().now() - timedelta(minutes=1)).isoformat(),
        "data": {"alert_type": "anxiety", "severity": "high"},
    }
    async with House(tmp_path) as house:
        worker = house.new_worker()
        worker.start()
        await house.add([(STREAM, alert)])
        await house.settled(worker, events=1)
        assert get(worker, "/stats")["dead_letters"] == 1

        replay = ("dead-letters", "replay", "--since", "1h")
        first = await asyncio.to_thread(type_in, house, *replay)
        assert (first.exit_code, "1 replayed, 0 refused." in first.output) == (0, True)
        await house.sandbox.wait_for(lambda calls: calls.applied == 2, within=30)

        again = await asyncio.to_thread(type_in, house, *replay, "--again")
        assert again.exit_code == 0
        await eventually(lambda: get(worker, "/stats")["duplicates"] == 1)
        assert get(worker, "/stats")["total_events_processed"] == 1
        assert house.sandbox.calls.received == 2

        shown = await asyncio.to_thread(type_in, house, "dead-letters", "list", "--json")
        (letter,) = json.loads(shown.stdout)
        assert letter["replayed_at"] is not None
        assert get(worker, "/stats")["dead_letters"] == 1
