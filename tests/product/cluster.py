"""Workers that share a house's partitions, and questions to whichever of them."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp

from orchestrator.embedded.worker import WorkerProcess
from orchestrator.web.access.workers import HOP_HEADER
from tests.product.house import House
from tests.waiting import eventually

Answer = tuple[int, dict[str, Any]]
"""(status, body)"""

Who = tuple[str, str]
"""(tenant, learner)"""


class Cluster:
    """A house with some workers; they run from `start` on."""

    def __init__(self, house: House, session: aiohttp.ClientSession, workers: int = 2) -> None:
        self.house = house
        self.session = session
        self.workers = [house.new_worker() for _ in range(workers)]

    @property
    def running(self) -> list[WorkerProcess]:
        """The workers that are there."""
        return [worker for worker in self.workers if worker.is_running]

    async def start(self) -> None:
        """Start who does not run, and wait until all share the work."""
        idle = [worker for worker in self.workers if not worker.is_running]
        await asyncio.gather(*(asyncio.to_thread(worker.start) for worker in idle))
        await eventually(self.share_the_work, within=60)

    async def share_the_work(self) -> bool:
        """Whether those that run, and no others, have the partitions among them."""
        running = self.running
        figures = [await self.figures(worker) for worker in running]
        return all(told["workers"] == len(running) and told["is_initialized"] for told in figures)

    async def figures(self, worker: WorkerProcess) -> dict[str, Any]:
        """GET /stats."""
        return (await self.get(worker, "/stats"))[1]

    async def get(self, worker: WorkerProcess, path: str, **headers: str) -> Answer:
        """Status and JSON of a GET."""
        async with self.session.get(worker.url + path, headers=headers) as response:
            return response.status, await response.json(content_type=None)

    async def post(
        self, worker: WorkerProcess, body: Mapping[str, Any], query: str = "", **headers: str
    ) -> Answer:
        """Status and JSON of POST /internal/trigger."""
        url = f"{worker.url}/internal/trigger{query}"
        async with self.session.post(url, json=body, headers=headers) as response:
            return response.status, await response.json(content_type=None)

    async def state_of(self, worker: WorkerProcess, who: Who, **headers: str) -> Answer:
        """GET /learners/{id}/state."""
        tenant, learner = who
        path = f"/learners/{learner}/state?tenant_id={tenant}"
        return await self.get(worker, path, **headers)

    async def owner(self, who: Who) -> WorkerProcess:
        """Who answers a question that is not passed on."""
        for worker in self.running:
            status, _ = await self.state_of(worker, who, **{HOP_HEADER: "1"})
            if status != 503:
                return worker
        raise AssertionError(f"nobody has {who}")
