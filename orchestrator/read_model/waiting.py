"""Waiting for the decision of an event that was just sent, on whichever worker it is decided."""

import asyncio

import msgspec
import structlog

from orchestrator.core.decisions import ASKED_MARK, DecisionRow, decode_decisions
from orchestrator.stream.records import RawRecord

log = structlog.get_logger(__name__)

Decided = tuple[int, DecisionRow]
"""(partition, row)"""


class DecisionBoard:
    """Who waits for which request's decision. Fed with the records of `orchestrator.decisions`.

    By request and not by event: of two requests with the same event only one is decided, the other
    is a duplicate, and each is to be told its own.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[Decided]] = {}

    def on_record(self, record: RawRecord) -> None:
        """Wake those who wait for an event of this batch."""
        raw = record.value or b""
        if not self._waiting or ASKED_MARK not in raw:
            return
        try:
            batch = decode_decisions(raw)
        except msgspec.DecodeError as error:
            log.warning("a record of the decisions is unreadable", error=str(error))
            return
        for row in batch.rows:
            future = self._waiting.get(row.asked.request_id) if row.asked else None
            if future is not None and not future.done():
                future.set_result((batch.partition, row))

    def expect(self, request_id: str) -> asyncio.Future[Decided]:
        """A future of the decision; to be made before the event is sent, cancelled if given up."""
        future: asyncio.Future[Decided] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = future
        future.add_done_callback(lambda _: self._waiting.pop(request_id, None))
        return future
