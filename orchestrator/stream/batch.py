"""A batch: all records of one partition that came while its last batch was being worked on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from faust import Schema
from faust.types import AppT, ConsumerMessage
from faust.types.core import HeadersArg

from orchestrator.stream.flow import PartitionFlow
from orchestrator.stream.records import RawRecord


class Batch(ConsumerMessage):
    """What Faust carries as one message; `records` in offset order, at least one.

    `flow` is the assignment of the partition under which the records were read: when it has closed,
    the batch is dropped, since the next owner (or the next assignment) reads them again.
    """

    __slots__ = ("flow",)

    value: Any

    def __init__(
        self, flow: PartitionFlow, records: list[RawRecord], generation_id: int, headers: HeadersArg
    ) -> None:
        last = records[-1]
        super().__init__(
            topic=last.topic,
            partition=last.partition,
            offset=last.offset,
            timestamp=last.timestamp / 1000,
            timestamp_type=last.timestamp_type,
            headers=headers,
            key=b"",
            value=records,  # type: ignore[arg-type] # whole records, which BatchSchema passes on
            checksum=None,
            serialized_key_size=0,
            serialized_value_size=0,
            tp=flow.tp,
            generation_id=generation_id,
        )
        self.flow = flow

    @property
    def records(self) -> list[RawRecord]:
        """The records, in the order of their offsets."""
        records: list[RawRecord] = self.value
        return records

    @property
    def next_offset(self) -> int:
        """What is committed once the batch is done."""
        return self.offset + 1


Handler = Callable[[Batch], Awaitable[None]]
"""Works on one batch. Returning means: done, its offset may be committed. Raising stops the worker,
which reads the batch again when it is started anew. It may be cancelled when the partition goes to
another worker or the app stops; what it has not finished then is done again there."""


class BatchSchema(Schema[Any, Any]):
    """Hands a batch to the stream as it is: decoding is the business of whoever knows the bytes."""

    def loads_key(self, app: AppT, message: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        """The key, unchanged."""
        return message.key

    def loads_value(self, app: AppT, message: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        """The records, unchanged."""
        return message.value
