"""The same work on every partition, in so many processes, with word of how far it is."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from orchestrator.archive.source import Span
from orchestrator.backtest.processes import Reached, run_all

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Work(Protocol[T_co]):
    """What is done to a partition. Goes to another process by pickling, as does what it gives."""

    def __call__(self, partition: int, span: Span, reached: Reached) -> T_co:
        """Do it. `reached` is to be told every few thousand records."""
        ...


class _OnPartition(Struct, frozen=True):
    """The task of one process."""

    work: Any
    partition: int
    span: Span

    @property
    def size(self) -> int:
        return self.span.end - self.span.begin

    def run(self, reached: Reached) -> Any:
        return self.work(self.partition, self.span, reached)


def over_partitions(
    work: Work[T],
    spans: Mapping[int, Span],
    workers: int,
    reached: Reached,
    *,
    hash_seed: int | None = None,
) -> dict[int, T]:
    """What the work gives, by partition. Those with most records go first, so that none is last.

    One worker works in this process, unless it is to have a hash seed of its own.
    Raises ProcessDied if a process ends before its work does, and OrchestratorError where the work
    raises one.
    """
    tasks = [_OnPartition(work, number, spans[number]) for number in sorted(spans)]
    if hash_seed is None and (workers == 1 or len(tasks) < 2):
        ordered = sorted(tasks, key=lambda task: (-task.size, task.partition))
        return {task.partition: task.run(reached) for task in ordered}
    results = run_all(tasks, workers, reached, hash_seed=hash_seed)
    return {task.partition: result for task, result in zip(tasks, results, strict=True)}
