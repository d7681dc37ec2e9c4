"""Workers as processes, and what is done to them."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from orchestrator.embedded.kafka import EmbeddedKafka
from tests.waiting import until

PAUSE_S = 3.0
"""Shorter than a session."""

STOP_WITHIN_S = 30.0

STARTING = b"[^StreamApp]: Starting..."
"""What a worker logs once it heeds signals; before, Python has not read its program."""

OPEN = b"changelog records restored"
"""What a worker logs once its partitions are open."""


class Strike(StrEnum):
    """What can befall a worker, or the broker."""

    KILL = "kill"
    STOP = "stop"
    PAUSE = "pause"
    FREEZE = "freeze"
    RESTART_BROKER = "restart-broker"
    KILL_BROKER = "kill-broker"


class Fleet:
    """The workers of one group.

    `kafka`: the broker, if it is to be struck too; `static`: workers are static members, who keep
    their partitions through a restart within the session.
    """

    def __init__(
        self,
        prefix: str,
        environment: Mapping[str, str],
        workers: int,
        logs: Path,
        kafka: EmbeddedKafka | None = None,
        *,
        static: bool = False,
    ) -> None:
        self._environment = {**os.environ, "LOG_LEVEL": "INFO", **environment}
        self._prefix = prefix
        self._logs = logs
        self._kafka = kafka
        self._static = static
        self._begun_at: dict[int, int] = {}
        self.strikes = 0
        self.bad_stops = 0
        self.workers = [self._start(number) for number in range(workers)]

    def _has_said(self, number: int, words: bytes) -> bool:
        """Whether the worker's log has these words, or will never have them."""
        ended = self.workers[number].poll() is not None
        with self._log(number).open("rb") as log:
            log.seek(self._begun_at[number])
            return ended or words in log.read()

    def _wait_for(self, number: int, words: bytes) -> None:
        until(lambda: self._has_said(number, words), STOP_WITHIN_S)

    def _log(self, number: int) -> Path:
        return self._logs / f"{self._prefix}-{number}.log"

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        with self._log(number).open("ab") as log:
            self._begun_at[number] = log.tell()
            return subprocess.Popen(
                [sys.executable, "-m", "tests.stream.toy", self._prefix],
                env={**self._environment, **self._identity(number)},
                stdout=log,
                stderr=log,
            )

    def _identity(self, number: int) -> dict[str, str]:
        return {"TOY_INSTANCE_ID": f"{self._prefix}-{number}"} if self._static else {}

    def strike(self, how: Strike, rng: random.Random, freeze_s: float) -> None:
        """Do it to one worker, or to the broker; a worker that has ended is started again."""
        number = rng.randrange(len(self.workers))
        self.strikes += 1
        match how:
            case Strike.KILL | Strike.STOP:
                self._end(number, signal.SIGKILL if how is Strike.KILL else signal.SIGTERM)
                self.workers[number] = self._start(number)
            case Strike.PAUSE:
                self._hold(number, PAUSE_S)
            case Strike.FREEZE:
                self._hold(number, freeze_s)
            case _:
                self._strike_broker(how)

    def _end(self, number: int, how: signal.Signals) -> None:
        worker = self.workers[number]
        crashed = worker.poll() is not None
        if how == signal.SIGTERM:
            self._wait_for(number, STARTING)
        worker.send_signal(how)
        code = worker.wait(timeout=STOP_WITHIN_S)
        self.bad_stops += crashed or (how == signal.SIGTERM and code != 0)

    def _hold(self, number: int, seconds: float) -> None:
        self.workers[number].send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.workers[number].send_signal(signal.SIGCONT)

    def _strike_broker(self, how: Strike) -> None:
        """Once every worker has begun: who starts without Kafka ends, and is no fault."""
        assert self._kafka is not None, "a broker of one's own is needed to strike it"
        for number in range(len(self.workers)):
            self._wait_for(number, OPEN)
        if how is Strike.KILL_BROKER:
            self._kafka.kill()
        self._kafka.restart()

    def crashed(self) -> bool:
        return any(worker.poll() is not None for worker in self.workers)

    def stop(self) -> None:
        """Tell every worker to stop; whoever had ended before, or does not end well, is counted."""
        crashed = [worker for worker in self.workers if worker.poll() is not None]
        for number, worker in enumerate(self.workers):
            self._wait_for(number, STARTING)
            worker.terminate()
        codes = [self._code(worker) for worker in self.workers]
        self.bad_stops += sum(
            worker in crashed or code != 0 for worker, code in zip(self.workers, codes, strict=True)
        )

    def _code(self, worker: subprocess.Popen[bytes]) -> int:
        try:
            return worker.wait(timeout=STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            worker.kill()
            return worker.wait()
