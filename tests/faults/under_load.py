"""A load on the whole product while a fault is made, and the end of the load judged."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType

import pytest

from orchestrator.embedded.errors import EmbeddedServerError
from orchestrator.embedded.worker import WorkerProcess
from orchestrator.guarantee import Guarantee
from tests.faults.conftest import FaultReport
from tests.product.house import Entry, House

PAUSE_S = 0.05


@asynccontextmanager
async def loaded(house: House, entries: list[Entry], rate: float) -> AsyncIterator[None]:
    """The entries come in meanwhile, so many a second; all of them are in at the end."""
    loading = asyncio.create_task(_load(house, entries, rate))
    try:
        yield
        await loading
    finally:
        loading.cancel()
        await asyncio.gather(loading, return_exceptions=True)


async def _load(house: House, entries: list[Entry], rate: float) -> None:
    began, sent = time.monotonic(), 0
    while sent < len(entries):
        due = min(len(entries), int((time.monotonic() - began) * rate) + 1)
        await house.add(entries[sent:due])
        sent = due
        await asyncio.sleep(PAUSE_S)


async def nothing_is_lost_or_doubled(
    house: House,
    worker: WorkerProcess,
    entries: list[Entry],
    report: FaultReport,
    guarantee: Guarantee,
    *,
    kills: int,
    repeats: bool = True,
    accepted: Mapping[str, int] = MappingProxyType({}),
) -> None:
    """Wait until all entries are decided and all is sent, tell the report, and judge.

    `repeats`: whether actions may be written twice, if at least once is what is promised;
    `accepted`: how much of a finding the fault itself brings about, not told either.
    """
    await house.read_to_the_end(entries)
    await house.settled(worker, len(entries), within=120)
    findings = await house.judge([str(event["id"]) for _, event in entries])
    for name, most in accepted.items():
        setattr(findings, name, max(0, getattr(findings, name) - most))
    report.tell(findings, kills=kills)
    assert findings.faults() == {}, findings.faults()
    assert findings.actions > 0
    if guarantee is Guarantee.EXACTLY_ONCE or not repeats:
        assert findings.repeated_actions == 0


async def refuses_to_go_on(worker: WorkerProcess) -> str:
    """What a worker says that ends before it decides anything."""
    with pytest.raises(EmbeddedServerError, match="ended while it was starting"):
        await asyncio.to_thread(worker.start)
    assert worker.exit_code == 1
    return worker.log.read_text()
