"""A batch is what Faust carries as one message, untouched."""

import gc
import weakref

from faust.types import TP

from orchestrator.stream.batch import Batch
from orchestrator.stream.flow import Limits, PartitionFlow
from tests.unit.stream.samples import app, records


def batch() -> Batch:
    flow = PartitionFlow(TP("events", 0), Limits())
    return Batch(flow, records([3, 4, 8]), generation_id=7, headers=[])


def test_a_batch_stands_where_its_last_record_does() -> None:
    made = batch()
    assert (made.topic, made.partition, made.offset) == ("events", 0, 8)
    assert made.tp == made.flow.tp
    assert made.generation_id == 7
    assert made.timestamp == 1_700_000_000.5


def test_once_it_is_done_the_next_offset_is_committed() -> None:
    assert batch().next_offset == 9


async def test_the_stream_is_handed_the_records_as_they_are() -> None:
    made = batch()
    event = await app().source("events").decode(made, propagate=True)
    assert event.value is made.records
    assert event.message is made


def test_a_batch_can_be_forgotten() -> None:
    """Faust keeps what a stream has taken in a weak set; records must not outlive their work."""
    made = batch()
    watched = weakref.ref(made)
    del made
    gc.collect()
    assert watched() is None
