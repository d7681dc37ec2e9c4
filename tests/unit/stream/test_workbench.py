"""What becomes of a batch whose work fails."""

import structlog
from faust.types import TP, Message

from orchestrator.stream.batch import Batch
from orchestrator.stream.flow import Limits, PartitionFlow
from orchestrator.stream.workbench import Workbench
from tests.unit.stream.samples import records
from tests.waiting import eventually


async def test_a_batch_that_fails_stops_the_worker_and_is_told_by_where_it_stands() -> None:
    failures: list[BaseException] = []

    async def fail(error: BaseException) -> None:
        failures.append(error)

    async def hand_over(_: Message) -> None:
        raise AssertionError("nothing is handed over")

    async def handle(_: Batch) -> None:
        raise ValueError("learner-7 is odd")

    bench = Workbench(hand_over, fail)
    flow = PartitionFlow(TP("events", 3), Limits())
    with structlog.testing.capture_logs() as lines:
        bench.work(Batch(flow, records(range(10, 15)), 1, headers=[]), handle, lambda _: None)
        await eventually(lambda: bool(failures))

    (line,) = lines
    place = line["topic"], line["partition"], line["first_offset"], line["last_offset"]
    assert (line["event"], line["log_level"], line["error"]) == (
        "batch failed",
        "error",
        "ValueError",
    )
    assert place == ("events", 3, 10, 14)
    assert "learner-7" not in repr(line)
