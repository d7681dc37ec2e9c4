"""A server as a child process: started, waited for, stopped, killed, started again.

The same small synchronous interface for Kafka and Valkey. The server lives at most as long as
the process that started it (see lifeline.py). Not thread-safe: one thread at a time.
"""

import contextlib
import os
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from orchestrator.embedded import lifeline
from orchestrator.embedded.errors import EmbeddedServerError
from orchestrator.embedded.ports import free_port, require_free

HOST = "127.0.0.1"
POLL_SECONDS = 0.05
QUOTED_LINES = 15


class Server(ABC):
    """What Kafka and Valkey have in common. What is stored in `data_dir` outlives every stop."""

    name: str

    def __init__(self, data_dir: Path, port: int | None = None) -> None:
        self.data_dir = data_dir.resolve()
        self.log = self.data_dir / "server.log"
        self._wanted_port = port
        self._port: int | None = None
        self._lifeline: subprocess.Popen[str] | None = None
        self._pid: int | None = None
        self._exit_code: int | None = None

    @property
    def port(self) -> int:
        """Where it listens, from the first start on; the same after every restart."""
        if self._port is None:
            raise EmbeddedServerError(f"{self.name} has no port yet: start it first.")
        return self._port

    @property
    def pid(self) -> int:
        """The server's own process id, while it runs."""
        if self._pid is None or not self.is_running:
            raise EmbeddedServerError(f"{self.name} is not running: start it first.")
        return self._pid

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._lifeline is not None and self._lifeline.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How its last run ended, 128 + n for an end by signal n; None before, or if it runs."""
        return self._exit_code if self._lifeline is None else self._lifeline.poll()

    def start(self, timeout: float = 60.0) -> None:
        """Start it and return when it answers; at most `timeout` seconds.

        Raises PortTakenError, or EmbeddedServerError with the last lines of its log.
        """
        if self.is_running:
            raise EmbeddedServerError(f"{self.name} is running already.")
        self._hang_up()  # of a run that ended by itself
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._claim_port()
        self._prepare()
        deadline = time.monotonic() + timeout
        self._spawn()
        try:
            self._wait_until_ready(deadline, timeout)
        except BaseException:
            self.kill()
            raise

    def stop(self, timeout: float = 10.0) -> None:
        """Let it finish and end; killed after `timeout` seconds. Nothing if it does not run."""
        self._say("stop")
        self._wait_for_end(timeout)

    def kill(self) -> None:
        """End it at once with SIGKILL, as a power cut would. Nothing if it does not run."""
        self._say("kill")
        self._wait_for_end(10.0)

    def restart(self, timeout: float = 60.0) -> None:
        """Stop it if it runs, and start it on the same port with the same data."""
        self.stop()
        self.start(timeout)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @abstractmethod
    def _command(self) -> list[str]:
        """The program and its arguments."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Whether it answers. Asked every POLL_SECONDS; may not block for long."""

    def _prepare(self) -> None:
        """What must be done before each start."""
        return

    def _claim_port(self) -> None:
        if self._port is None:
            self._port = self._wanted_port or free_port(HOST)
        require_free(HOST, self._port, self.name)

    def _spawn(self) -> None:
        with (self.data_dir / "lifeline.log").open("w") as complaints:
            self._lifeline = subprocess.Popen(  # noqa: S603 - our own program
                self._lifeline_command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
                start_new_session=True,
            )
        assert self._lifeline.stdout is not None
        with self._lifeline.stdout as answer:
            pid = answer.readline()
        if not pid:
            self._wait_for_end(5.0)
            why = (self.data_dir / "lifeline.log").read_text().strip()
            raise EmbeddedServerError(f"{self.name} could not be started: {why}")
        self._pid = int(pid)

    def _lifeline_command(self) -> list[str]:
        ours = [str(os.getpid()), str(self.data_dir), str(self.log)]
        return [sys.executable, "-I", "-S", str(Path(lifeline.__file__)), *ours, *self._command()]

    def _wait_until_ready(self, deadline: float, timeout: float) -> None:
        while not self._is_ready():
            if not self.is_running:
                raise EmbeddedServerError(
                    f"{self.name} ended while it was starting. {self._last_words()}"
                )
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"{self.name} did not answer within {timeout:g} s. {self._last_words()}"
                )
            time.sleep(POLL_SECONDS)

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-QUOTED_LINES:]
        return f"The end of {self.log}:\n" + "\n".join(f"  {line}" for line in lines)

    def _say(self, word: str) -> None:
        if self._lifeline is None or self._lifeline.stdin is None:
            return
        with contextlib.suppress(BrokenPipeError, ValueError):  # it ended by itself just now
            self._lifeline.stdin.write(word + "\n")
            self._lifeline.stdin.flush()

    def _wait_for_end(self, timeout: float) -> None:
        if self._lifeline is None:
            return
        try:
            self._lifeline.wait(timeout)
        except subprocess.TimeoutExpired:
            self._say("kill")
            self._lifeline.wait(timeout)
        finally:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._lifeline is not None and self._lifeline.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._lifeline.stdin.close()
        self._exit_code = self.exit_code
        self._lifeline, self._pid = None, None
