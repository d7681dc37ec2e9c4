"""Where a worker keeps its history: a folder of its own, which nobody else may look into."""

import fcntl
import os
import time
from pathlib import Path
from typing import IO

from orchestrator.errors import HistoryUnavailable
from orchestrator.settings import Settings

PATIENCE_S = 3.0
FILE = "history.sqlite3"


def folder_of(settings: Settings) -> Path:
    """DATA_DIR; else a folder of the user's cache, another one for each worker of a machine."""
    if settings.data_dir is not None:
        return settings.data_dir.absolute()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    name = f"{settings.application_id}-{settings.port}"
    return (cache / "aivo-orchestrator" / "workers" / name).absolute()


def claim(folder: Path, patience: float = PATIENCE_S) -> IO[str]:
    """Make the folder, and hold it for this process alone until what is returned is closed.

    Waits `patience` seconds for a predecessor that is just ending. Raises HistoryUnavailable if
    another process has it, or it cannot be written to.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise HistoryUnavailable(
            f"DATA_DIR {folder} cannot be used: {error.strerror}. Name one that can be written to."
        ) from error
    deadline = time.monotonic() + patience
    while not _is_held(lock):
        if time.monotonic() > deadline:
            lock.close()
            raise HistoryUnavailable(
                f"DATA_DIR {folder} is another worker's: give each a folder of its own."
            )
        time.sleep(0.05)
    return lock


def _is_held(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
