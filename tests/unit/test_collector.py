"""What the garbage collector is told once a worker is up."""

import asyncio
import gc
from collections.abc import Iterator

import pytest

from orchestrator import collector


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


async def test_what_there_is_when_a_worker_is_up_is_left_alone_from_then_on() -> None:
    up = False
    settling = asyncio.create_task(collector.settle(lambda: up))
    await asyncio.sleep(0)
    assert gc.get_freeze_count() == 0
    up = True
    await settling
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold() == collector.THRESHOLDS
