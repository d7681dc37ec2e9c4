"""`python -m orchestrator.backtest.process FD`: do the tasks that come through a pipe.

Run by processes.py alone. It ends when the pipe does, and so with whoever holds the other end.
"""

import gc
import signal
import sys
import traceback
from multiprocessing.connection import Connection
from typing import Any

from orchestrator.backtest.processes import Done, Failed, Task
from orchestrator.errors import OrchestratorError

THRESHOLDS = (50_000, 20, 100)
"""Of the collector's generations. The states and records that stay are many and in no cycles."""


def main() -> None:
    """Do tasks until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted, and ends the pipe
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    connection: Connection[Any, Any] = Connection(int(sys.argv[1]))
    try:
        while True:
            connection.send(_answer(connection.recv(), connection))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _answer(task: Task[object], connection: "Connection[Any, Any]") -> Done | Failed:
    try:
        return Done(task.run(connection.send))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except OrchestratorError as error:
        return Failed(str(error))
    except Exception:  # noqa: BLE001 - a defect, which only the parent can show
        return Failed(f"A process that shared the work has failed:\n{traceback.format_exc()}", True)


if __name__ == "__main__":
    main()
