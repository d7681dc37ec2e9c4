"""Running until told to stop: what the exit code says."""

import asyncio
import os
import signal
from typing import cast

import faust
import pytest
import structlog
from mode import Service

from orchestrator.stream.run import serve
from tests.waiting import eventually


class Work(Service):
    """Stands for an app: a service that can be told to fail at each of its stages."""

    def __init__(self) -> None:
        super().__init__()
        self.failure_at_start: Exception | None = None
        self.let_stop = asyncio.Event()
        self.let_stop.set()
        self.stopped = False

    async def on_start(self) -> None:
        if self.failure_at_start is not None:
            raise self.failure_at_start

    async def on_stop(self) -> None:
        await self.let_stop.wait()
        self.stopped = True


async def served(work: Work, stop_within_s: float = 5.0) -> int:
    return await asyncio.wait_for(serve(cast("faust.App", work), stop_within_s), 10)


def tell(number: signal.Signals) -> None:
    asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_who_is_told_to_stop_and_does_so_exits_with_0(number: signal.Signals) -> None:
    work = Work()
    tell(number)
    with structlog.testing.capture_logs() as lines:
        assert await served(work) == 0
    assert work.stopped
    assert [line["event"] for line in lines] == ["worker stops", "worker stopped"]
    assert lines[-1]["exit_code"] == 0


async def test_a_crash_exits_with_1_after_the_rest_has_stopped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Work()
    running = asyncio.create_task(served(work))
    await eventually(lambda: work.started)
    await work.crash(ValueError("an offset is gone"))
    assert await running == 1
    assert work.stopped
    assert "the worker cannot go on: an offset is gone" in caplog.text


async def test_a_stop_that_takes_too_long_exits_with_1(caplog: pytest.LogCaptureFixture) -> None:
    work = Work()
    work.let_stop.clear()
    tell(signal.SIGTERM)
    assert await served(work, stop_within_s=0.1) == 1
    assert "leaving the rest to the next owner" in caplog.text


async def test_who_cannot_start_says_why_stops_what_had_started_and_exits_with_1(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Work()
    work.failure_at_start = ConnectionError("Kafka is not there")
    assert await served(work) == 1
    assert "the worker cannot start: " in caplog.text
    assert "Kafka is not there" in caplog.text
    assert work.stopped
