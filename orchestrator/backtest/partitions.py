"""The same work on every partition, in so many processes, with word of how far it is."""

import multiprocessing
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.queues import SimpleQueue
from typing import Protocol, TypeVar

from orchestrator.archive.source import Span
from orchestrator.errors import ProcessDied

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

LOOK_EVERY_S = 0.25

Reached = Callable[[int], None]
"""Takes how many more records are done."""


class Work(Protocol[T_co]):
    """What is done to a partition. Goes to another process by pickling, as does what it gives."""

    def __call__(self, partition: int, span: Span, reached: Reached) -> T_co:
        """Do it. `reached` is to be told every few thousand records."""
        ...


def over_partitions(
    work: Work[T], spans: Mapping[int, Span], workers: int, reached: Reached
) -> dict[int, T]:
    """What the work gives, by partition. Those with most records go first, so that none is last.

    One worker works in this process. Raises ProcessDied if a process ends before its work does,
    and whatever the work raises.
    """
    ordered = sorted(spans, key=lambda number: (spans[number].begin - spans[number].end, number))
    if workers == 1 or len(ordered) < 2:
        return {number: work(number, spans[number], reached) for number in ordered}
    context = multiprocessing.get_context("spawn")
    counts: SimpleQueue[int] = context.SimpleQueue()
    with ProcessPoolExecutor(min(workers, len(ordered)), context, _count_into, (counts,)) as pool:
        tasks = {number: pool.submit(_at_work, work, number, spans[number]) for number in ordered}
        try:
            for more in _until_done(set(tasks.values()), counts):
                reached(more)
            return {number: task.result() for number, task in tasks.items()}
        except BrokenProcessPool as error:
            raise ProcessDied(
                "A process ended before its partition was done: killed, or out of memory. "
                "Take fewer --workers, or a shorter range."
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _until_done(tasks: "set[Future[T]]", counts: "SimpleQueue[int]") -> Iterator[int]:
    """Yield how many more are done; ends with the tasks, or as soon as one of them fails."""
    pending = tasks
    while pending:
        done, pending = wait(pending, LOOK_EVERY_S)
        while not counts.empty():
            yield counts.get()
        for task in done:
            task.result()


_counts: "SimpleQueue[int] | None" = None


def _count_into(counts: "SimpleQueue[int]") -> None:
    global _counts  # noqa: PLW0603 - a process of the pool is told once where to count
    _counts = counts


def _at_work(work: Work[T], partition: int, span: Span) -> T:
    counts = _counts
    assert counts is not None
    return work(partition, span, counts.put)
