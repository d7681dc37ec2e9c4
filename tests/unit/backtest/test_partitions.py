"""Work on partitions in real processes."""

import os
from functools import partial

import pytest

from orchestrator.archive.source import Span
from orchestrator.backtest.partitions import over_partitions
from orchestrator.backtest.processes import Reached
from orchestrator.errors import InvalidGrid, OrchestratorError, ProcessDied

SPANS = {0: Span(0, 10), 1: Span(5, 105), 2: Span(0, 50)}


def measured(partition: int, span: Span, reached: Reached) -> tuple[int, int, int]:
    reached(span.end - span.begin)
    return partition, span.end - span.begin, os.getpid()


def unheard(_more: int) -> None:
    pass


def refusing(partition: int, span: Span, reached: Reached) -> int:
    raise InvalidGrid("so it is")


def dying(partition: int, span: Span, reached: Reached, whom: int) -> int:
    if partition == whom:
        os._exit(9)
    return partition


@pytest.mark.parametrize("workers", [1, 2])
def test_every_partition_is_worked_on_and_told_of(workers: int) -> None:
    told: list[int] = []
    found = over_partitions(measured, SPANS, workers, told.append)
    assert {number: (part, size) for number, (part, size, _) in found.items()} == {
        0: (0, 10), 1: (1, 100), 2: (2, 50),
    }  # fmt: skip
    assert sum(told) == 160
    assert (os.getpid() in {pid for *_, pid in found.values()}) is (workers == 1)


def test_an_error_of_the_work_is_the_error_of_the_whole() -> None:
    with pytest.raises(OrchestratorError, match=r"^so it is$"):
        over_partitions(refusing, SPANS, 2, unheard)


def test_a_process_that_dies_is_an_error_that_says_so() -> None:
    with pytest.raises(ProcessDied, match="out of memory"):
        over_partitions(partial(dying, whom=1), SPANS, 2, unheard)
