"""Waiting for the decision of an event that was just sent, on whichever worker it is decided."""

import asyncio

import msgspec
import structlog

from orchestrator.core.decisions import DecisionRow, decode_decisions
from orchestrator.stream.records import RawRecord

log = structlog.get_logger(__name__)

Decided = tuple[int, DecisionRow]
"""(partition, row)"""


class DecisionBoard:
    """Who waits for which event. Fed with the records of `orchestrator.decisions`."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], list[asyncio.Future[Decided]]] = {}

    def on_record(self, record: RawRecord) -> None:
        """Wake those who wait for an event of this batch."""
        if not self._waiting:
            return
        try:
            batch = decode_decisions(record.value or b"")
        except msgspec.DecodeError as error:
            log.warning("a record of the decisions is unreadable", error=str(error))
            return
        for row in batch.rows:
            for future in self._waiting.get((row.key, row.event_id), ()):
                if not future.done():
                    future.set_result((batch.partition, row))

    def expect(self, key: str, event_id: str) -> asyncio.Future[Decided]:
        """A future of the decision; to be made before the event is sent, cancelled if given up."""
        future: asyncio.Future[Decided] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault((key, event_id), [])
        waiting.append(future)
        future.add_done_callback(lambda done: self._forget((key, event_id), done))
        return future

    def _forget(self, name: tuple[str, str], future: asyncio.Future[Decided]) -> None:
        waiting = self._waiting[name]
        waiting.remove(future)
        if not waiting:
            del self._waiting[name]
