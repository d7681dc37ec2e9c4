"""notification-svc is away for a while, and back; two workers, under a steady trickle of events.

    python -m tests.product.outage --seconds 120

Prints what happens, then what was found. Nothing wrong: exit 0, else 1.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from orchestrator.clock import SystemClock
from orchestrator.embedded.sandbox import Mode, Service
from tests.product.cluster import Cluster
from tests.product.house import Entry, House, school
from tests.product.levels import TENANT, assessment, level_of, refuse_a_level
from tests.product.outage_report import Level, Mark, Report, report
from tests.waiting import eventually

LEARNERS = 600
SPAN = timedelta(minutes=12)
"""How old the first event is: 2 min more than breaks live. The others become younger and younger,
so that some breaks have expired when they are decided, some expire while they wait, and some not.
"""
PROGRESS_S = 5.0
REFUSED = "refused-learner"
BEFORE_REFUSED = "challenging"
SUPPORTED = "supported-learner"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """`seconds` that notification-svc is away; `rate`: events a second meanwhile."""

    seconds: float = 120.0
    rate: float = 50.0
    workers: int = 2
    seed: int = 1


class Outage:
    """One outage, from before to after."""

    def __init__(self, cluster: Cluster, plan: Plan, say: Say) -> None:
        self.cluster = cluster
        self.house = cluster.house
        self.plan = plan
        self._say = say
        self._began = time.monotonic()

    async def run(self) -> Report:
        """What was found."""
        await self.cluster.start()
        self.say(f"{self.plan.workers} workers share the work")
        await self._all_is_well()
        count = int(self.plan.seconds * self.plan.rate)
        entries = school(count, LEARNERS, self.plan.seed, SystemClock().now() - SPAN)
        async with self._progress():
            away, back = await self._away(entries)
            await self._settled(count + 3)
        self.say("everything has ended")
        inputs = [str(event["id"]) for _, event in entries]
        level = Level(BEFORE_REFUSED, await self._told_level())
        return await report(self.cluster, away, back, inputs, level)

    async def _all_is_well(self) -> None:
        """Both services take what they are asked."""
        await self.house.add([assessment(1, 0.9, REFUSED), alert(SUPPORTED)])
        await self._settled(2)
        assert self.house.sandbox.calls.applied == 3  # a level, support, a quiet moment
        self.say("both services answer; notification-svc begins to fail")

    async def _away(self, entries: list[Entry]) -> tuple[Mark, Mark]:
        """The trickle, and amid it a level that is refused; (when it began, when it ended)."""
        self.house.sandbox.put_fault(Service.NOTIFICATION, Mode.SERVER_ERROR)
        away, began, half = await self._mark(), time.monotonic(), len(entries) // 2
        await self._trickle(entries[:half], began + self.plan.seconds / 2)
        await self._is_seen_through_by_learner_svc(half + 2)
        asked = self.cluster.workers[0]
        await refuse_a_level(self.house, asked, REFUSED, number=2, back_at=BEFORE_REFUSED)
        self.say(f"learner-svc has refused a level; its learner is back at {BEFORE_REFUSED}")
        await self._trickle(entries[half:], began + self.plan.seconds)
        await self._is_seen_through_by_learner_svc(len(entries) + 3)
        back = await self._mark()
        self.house.sandbox.put_fault(Service.NOTIFICATION, Mode.OK)
        self.say("notification-svc answers again")
        return away, back

    async def _trickle(self, entries: list[Entry], until: float) -> None:
        """All of them, evenly until that second of the monotonic clock."""
        began, sent = time.monotonic(), 0
        while sent < len(entries):
            share = (time.monotonic() - began) / max(until - began, 0.001)
            due = min(len(entries), int(share * len(entries)) + 1)
            await self.house.add(entries[sent:due])
            sent = due
            await asyncio.sleep(0.05)

    async def _is_seen_through_by_learner_svc(self, events: int) -> None:
        """All is decided, and what is for learner-svc has ended, whatever the other one does."""

        async def done() -> bool:
            told = await self._figures()
            calls = [call for call in self.house.sandbox.calls if call.service is Service.LEARNER]
            ended = told["actions_rejected"] + told["actions_superseded"]
            asked = told["level_suggestions_sent"] + told["learning_path_updates"]
            return bool(
                told["total_events_received"] >= events
                and told["events_in_flight"] == 0
                and sum(call.applied for call in calls) + ended == asked
            )

        await eventually(done, within=60)

    async def _settled(self, events: int) -> None:
        async def done() -> bool:
            told = await self._figures()
            waiting: int = told["events_in_flight"] + told["actions_pending"]
            return told["total_events_received"] >= events and waiting == 0

        await eventually(done, within=60)

    async def _mark(self) -> Mark:
        health = [await self._health(number) for number in range(self.plan.workers)]
        pending = (await self._figures())["actions_pending"]
        return Mark(SystemClock().now(), self.house.sandbox.calls.received, pending, health)

    async def _told_level(self) -> list[str]:
        workers = self.cluster.workers
        return [await asyncio.to_thread(level_of, worker, REFUSED) for worker in workers]

    async def _figures(self) -> dict[str, Any]:
        return await self.cluster.figures(self.cluster.workers[0])

    async def _health(self, number: int) -> dict[str, str]:
        _, told = await self.cluster.get(self.cluster.workers[number], "/health")
        clients = told["components"]["service_clients"]
        return {name: component["status"] for name, component in clients.items()}

    # -- what is printed

    def say(self, what: str) -> None:
        """A line, with the seconds since the beginning."""
        self._say(f"{time.monotonic() - self._began:6.1f} s  {what}")

    @contextlib.asynccontextmanager
    async def _progress(self) -> AsyncIterator[None]:
        telling = asyncio.create_task(self._tell())
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_S)
            told = await self._figures()
            health = [await self._health(number) for number in range(self.plan.workers)]
            self.say(
                f"{told['total_events_processed']} events decided, "
                f"{told['actions_delivered']} actions delivered, "
                f"{told['actions_expired']} expired, {told['actions_pending']} wait; "
                f"learner-svc {', '.join(each['learner_svc'] for each in health)}; "
                f"notification-svc {', '.join(each['notification_svc'] for each in health)}"
            )


def alert(learner: str) -> Entry:
    """Of high severity, just now."""
    return "aivo.events.sel", {
        "id": f"{learner}-1",
        "type": "SEL_ALERT",
        "tenant_id": TENANT,
        "learner_id": learner,
        "timestamp": SystemClock().now().isoformat(),
        "data": {"alert_type": "anxiety", "severity": "high"},
    }


async def outage(folder: Path, plan: Plan, say: Say) -> Report:
    """One outage on servers of its own."""
    async with House(folder) as house, aiohttp.ClientSession() as session:
        return await Outage(Cluster(house, session, plan.workers), plan, say).run()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=120.0, help="how long (default 120)")
    parser.add_argument("--rate", type=float, default=50.0, help="events a second (default 50)")
    parser.add_argument("--seed", type=int, default=1, help="of the events (default 1)")
    given = parser.parse_args()
    plan = Plan(given.seconds, given.rate, seed=given.seed)
    with tempfile.TemporaryDirectory(prefix="outage-") as folder:
        found = asyncio.run(outage(Path(folder), plan, lambda line: print(line, flush=True)))
    print(found.text())
    return 1 if found.faults() else 0


if __name__ == "__main__":
    sys.exit(main())
