"""Work shared out among processes, each a fresh interpreter that knows nothing but its tasks.

They are not forked: a fork would bring along the parent's locks and connections, and its hash seed.
Nor are they made by the multiprocessing module, which would import the parent's main module into
each of them, and with it everything that can send.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from orchestrator.errors import OrchestratorError, ProcessDied

R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")

Reached = Callable[[int], None]
"""Takes how many more records are done."""

COMMAND = (sys.executable, "-m", "orchestrator.backtest.process")
ENDS_WITHIN_S = 5.0


class Task(Protocol[R_co]):
    """A piece of work. It is pickled, and so is its result."""

    @property
    def size(self) -> int:
        """How much there is to do; the largest tasks are begun first."""
        ...

    def run(self, reached: Reached) -> R_co:
        """Do it, in whatever process; `reached` is to be called now and then."""
        ...


class Done(Struct, frozen=True):
    """The answer of a process: a task's result."""

    result: Any


class Failed(Struct, frozen=True):
    """The answer of a process whose task raised: a sentence, or the whole stack of a defect."""

    why: str
    is_defect: bool = False


class _Worker:
    """A process, and the place of the task that it is at."""

    def __init__(
        self, process: subprocess.Popen[bytes], connection: "Connection[Any, Any]"
    ) -> None:
        self.process = process
        self.connection = connection
        self.at = -1

    def receive(self) -> object:
        """The next message. Raises ProcessDied if the process is gone."""
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            code = self.process.wait(ENDS_WITHIN_S)
            raise ProcessDied(_of_death(code)) from None


def run_all(
    tasks: Sequence[Task[R]], workers: int, reached: Reached, *, hash_seed: int | None = None
) -> list[R]:
    """The results of the tasks, in their order; at most so many processes at a time.

    `hash_seed`: the PYTHONHASHSEED of the processes; None: any.
    Raises ProcessDied if one dies or has a defect, and OrchestratorError where a task raises one.
    Then, as in the end, no process is left.
    """
    results: dict[int, R] = {}
    waiting = sorted(range(len(tasks)), key=lambda at: tasks[at].size)
    with ExitStack() as processes:
        busy: dict[Any, _Worker] = {}
        for _ in range(min(workers, len(tasks))):
            worker = processes.enter_context(_worker(hash_seed))
            busy[worker.connection] = worker
            _begin(worker, waiting.pop(), tasks)
        while busy:
            for ready in wait(list(busy)):
                worker = busy[ready]
                message = worker.receive()
                if isinstance(message, int):
                    reached(message)
                elif isinstance(message, Failed):
                    raise (ProcessDied if message.is_defect else OrchestratorError)(message.why)
                elif isinstance(message, Done):
                    results[worker.at] = message.result
                    if waiting:
                        _begin(worker, waiting.pop(), tasks)
                    else:
                        del busy[ready]
    return [results[at] for at in range(len(tasks))]


def _begin(worker: _Worker, at: int, tasks: Sequence[Task[R]]) -> None:
    worker.at = at
    try:
        worker.connection.send(tasks[at])
    except OSError:
        worker.receive()  # says how it died


@contextmanager
def _worker(hash_seed: int | None) -> Iterator[_Worker]:
    environment = dict(os.environ)
    if hash_seed is not None:
        environment["PYTHONHASHSEED"] = str(hash_seed)
    ours, theirs = Pipe()
    with ours:
        with theirs:
            handle = theirs.fileno()
            process = subprocess.Popen(  # noqa: S603 - our own module
                [*COMMAND, str(handle)],
                pass_fds=[handle],
                stdin=subprocess.DEVNULL,
                env=environment,
            )
        try:
            yield _Worker(process, ours)
        finally:
            process.kill()
            process.wait()


def _of_death(code: int) -> str:
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    hint = " Perhaps it was out of memory: take fewer --workers, or a shorter range."
    return f"A process that shared the work {how} before it was done.{hint}"
