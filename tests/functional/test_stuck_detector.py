"""The detector on a loop of its own, which is blocked, kept waiting, or stopped as a whole."""

import asyncio
import json
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
import structlog

from orchestrator.observability.stuck.detector import LINE_CHARACTERS, LOOP, StuckDetector
from orchestrator.observability.stuck.standstill import Place
from tests.waiting import eventually, until

AFTER_S = 0.5

Line = MutableMapping[str, Any]


@pytest.fixture
def lines() -> Iterator[list[Line]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def standstills(lines: list[Line]) -> list[list[str]]:
    return [line["what"] for line in lines if line["event"] == "stands still"]


def stacks(lines: list[Line], of: str) -> str:
    return "".join(line["stacks"] for line in lines if line["event"] == f"stacks of {of}")


def a_call_that_blocks(until_told: threading.Event) -> None:
    assert until_told.wait(20)


async def a_task_that_waits(told: asyncio.Event) -> None:
    await told.wait()


async def test_a_blocked_loop_is_told_once_with_the_call_that_blocks_it(lines: list[Line]) -> None:
    enough = threading.Event()

    def watch() -> None:  # in a thread of its own, since the loop is blocked
        until(lambda: bool(stacks(lines, "tasks")))
        time.sleep(2 * AFTER_S)  # the time in which it would be told a second time
        enough.set()

    waiting = asyncio.create_task(a_task_that_waits(asyncio.Event()), name="the waiting one")
    await asyncio.sleep(0)
    detector = StuckDetector(asyncio.get_running_loop(), AFTER_S)
    detector.start()
    watcher = threading.Thread(target=watch)
    watcher.start()
    a_call_that_blocks(enough)
    watcher.join()
    detector.stop()
    waiting.cancel()

    assert standstills(lines) == [[LOOP]]
    assert "a_call_that_blocks" in stacks(lines, "threads")
    assert "the waiting one" in stacks(lines, "tasks")
    assert "a_task_that_waits" in stacks(lines, "tasks")
    assert all(line["log_level"] == "error" for line in lines)
    assert max(len(line.get("stacks", "")) for line in lines) <= LINE_CHARACTERS + 1


async def test_a_partition_that_does_not_get_on_is_told_while_the_loop_runs(
    lines: list[Line],
) -> None:
    moving, done = asyncio.Event(), 0

    async def a_batch_that_hangs() -> None:
        await a_task_that_waits(moving)

    def places() -> list[Place]:
        return [Place("events-3", done, has_work=True), Place("events-4", 0, has_work=False)]

    hanging = asyncio.create_task(a_batch_that_hangs(), name="batch")
    detector = StuckDetector(asyncio.get_running_loop(), AFTER_S, places)
    detector.start()
    await eventually(lambda: bool(stacks(lines, "tasks")))
    assert standstills(lines) == [["events-3"]]
    assert "a_batch_that_hangs" in stacks(lines, "tasks")
    assert "a_task_that_waits" in stacks(lines, "tasks")  # what it awaits, not it alone

    done = 1
    await eventually(lambda: len(standstills(lines)) == 2)  # it moved, and stands again
    detector.stop()
    moving.set()
    await hanging


async def test_many_tasks_at_the_same_place_are_one_stack(lines: list[Line]) -> None:
    told = asyncio.Event()
    tasks = [asyncio.create_task(a_task_that_waits(told)) for _ in range(3_000)]
    detector = StuckDetector(
        asyncio.get_running_loop(), AFTER_S, lambda: [Place("p", 0, has_work=True)]
    )
    detector.start()
    await eventually(lambda: bool(stacks(lines, "tasks")))
    detector.stop()
    told.set()
    await asyncio.gather(*tasks)

    assert stacks(lines, "tasks").count("a_task_that_waits") == 1
    assert "3000 tasks: " in stacks(lines, "tasks")


PROGRAM = textwrap.dedent(
    """
    import asyncio, signal
    from orchestrator.clock import SystemClock
    from orchestrator.observability.logs import configure_logging
    from orchestrator.observability.stuck.detector import StuckDetector
    from orchestrator.observability.stuck.standstill import Place

    async def main():
        done = looks = 0

        def get_on(*_):
            nonlocal done
            done += 1

        def places():
            nonlocal looks
            looks += 1
            print(done, looks, flush=True)
            return [Place("busy", done, has_work=True), Place("idle", 0, has_work=False)]

        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, get_on)
        StuckDetector(loop, 2.0, places, period_s=0.1).start()
        await asyncio.sleep(60)

    configure_logging("INFO", SystemClock())
    asyncio.run(main())
    """
)


def test_a_process_that_was_stopped_as_a_whole_blames_nobody(tmp_path: Path) -> None:
    said, log = tmp_path / "said", tmp_path / "log"
    with said.open("w") as out, log.open("w") as err:
        process = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=out, stderr=err)

    def seen() -> tuple[int, int]:
        """How far the place had got, and how often it was looked at."""
        done, looks = (said.read_text().splitlines() or ["0 0"])[-1].split()
        return int(done), int(looks)

    def get_on_and_be_seen() -> None:
        done, looks = seen()
        process.send_signal(signal.SIGUSR1)
        until(lambda: seen()[0] > done and seen()[1] > looks + 3, 20)

    try:
        until(lambda: seen()[1] > 0, 20)
        get_on_and_be_seen()
        process.send_signal(signal.SIGSTOP)
        time.sleep(3.0)  # longer than the detector's patience, which is what it is tried with
        process.send_signal(signal.SIGCONT)
        get_on_and_be_seen()
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()

    assert [json.loads(line)["event"] for line in log.read_text().splitlines()] == []
