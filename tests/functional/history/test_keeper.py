"""The process that keeps the history, as its worker sees it: other programs play its part."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from orchestrator.errors import HistoryUnavailable
from orchestrator.history.folder import claim, folder_of
from orchestrator.history.keeper import Keeper
from orchestrator.settings import Settings
from tests.waiting import eventually

TELLS = 'import sys; print(\'{"rows": 3, "behind": 1}\', flush=True); sys.stdin.read()'
IS_DEAF = TELLS + "; import time; time.sleep(60)"
SPEAKS_NONSENSE = "print('nonsense', flush=True); import time; time.sleep(60)"


@asynccontextmanager
async def kept(program: str) -> AsyncIterator[Keeper]:
    keeper = Keeper(Settings(), (sys.executable, "-c", program))
    running = asyncio.create_task(keeper.run())
    try:
        yield keeper
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_it_tells_how_far_it_is_and_ends_with_its_owner() -> None:
    async with kept(TELLS) as keeper:
        assert (keeper.trouble(), keeper.progress) == (None, None)
        await eventually(lambda: keeper.progress is not None)
        assert keeper.progress == (3, 1)
        pid = keeper.pid
        assert pid is not None
        assert is_there(pid)
    assert not is_there(pid)


async def test_one_that_does_not_listen_is_ended() -> None:
    async with kept(IS_DEAF) as keeper:
        await eventually(lambda: keeper.progress is not None)
        pid = keeper.pid
    assert pid is not None
    assert not is_there(pid)


async def test_one_that_dies_is_told_of_and_started_again() -> None:
    async with kept(TELLS) as keeper:
        await eventually(lambda: keeper.progress is not None)
        first = keeper.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: keeper.trouble() is not None)
        await eventually(lambda: keeper.trouble() is None)
        assert keeper.pid not in {None, first}


async def test_one_that_speaks_nonsense_is_taken_for_dead() -> None:
    async with kept(SPEAKS_NONSENSE) as keeper:
        await eventually(lambda: keeper.trouble() is not None)


async def test_one_that_cannot_be_started_stops_nobody() -> None:
    keeper = Keeper(Settings(), ("/no/such/program",))
    running = asyncio.create_task(keeper.run())
    await eventually(lambda: keeper.trouble() is not None)
    assert not running.done()
    running.cancel()


def test_a_folder_is_one_workers(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "history"
    with claim(folder), pytest.raises(HistoryUnavailable, match="another worker"):
        claim(folder, patience=0.0)
    claim(folder, patience=0.0).close()
    assert folder.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HistoryUnavailable, match="DATA_DIR"):
        claim(tmp_path / "file" / "history")


def test_without_a_setting_two_workers_of_one_machine_have_two_folders() -> None:
    one, other = folder_of(Settings(port=8080)), folder_of(Settings(port=8081))
    assert one != other
    assert one.is_absolute()
    assert folder_of(Settings(data_dir=Path("/data"))) == Path("/data")
