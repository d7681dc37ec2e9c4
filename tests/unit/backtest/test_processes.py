"""Work is shared out among processes, and none is lost without a word."""

import os
import signal
from dataclasses import dataclass

import pytest

from orchestrator.backtest.processes import Reached, run_all
from orchestrator.errors import OrchestratorError, ProcessDied


@dataclass
class Squared:
    """Says its size, and gives its square."""

    size: int

    def run(self, reached: Reached) -> int:
        reached(self.size)
        return self.size**2


@dataclass
class Seeds:
    """Gives what a text's hash is there, and in which process."""

    size: int = 1

    def run(self, _say: Reached) -> tuple[int, int]:
        return hash("a text"), os.getpid()


@dataclass
class Fails:
    """Fails in one way or another."""

    how: str
    size: int = 1

    def run(self, _say: Reached) -> None:
        if self.how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "ours":
            raise OrchestratorError("The folder is empty.")
        raise ZeroDivisionError


def nothing(_done: int) -> None:
    """Nobody listens."""


def test_results_come_in_the_order_of_the_tasks_and_progress_adds_up() -> None:
    heard: list[int] = []

    assert run_all([Squared(n) for n in (3, 1, 2, 5)], 2, heard.append) == [9, 1, 4, 25]
    assert sum(heard) == 11


def test_a_process_is_fresh_and_has_the_hash_seed_that_is_asked_for() -> None:
    (first, one), (again, other) = (run_all([Seeds()], 1, nothing, hash_seed=7)[0] for _ in "ab")
    different, _ = run_all([Seeds()], 1, nothing, hash_seed=8)[0]

    assert len({one, other, os.getpid()}) == 3
    assert first == again != different


@pytest.mark.parametrize(
    ("how", "error", "said"),
    [
        ("killed", ProcessDied, "killed by signal 9"),
        ("ours", OrchestratorError, r"^The folder is empty\.$"),
        ("a defect", ProcessDied, "ZeroDivisionError"),
    ],
)
def test_a_process_that_fails_or_dies_is_an_error_that_says_so(
    how: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        run_all([Fails(how), Fails(how)], 2, nothing)
