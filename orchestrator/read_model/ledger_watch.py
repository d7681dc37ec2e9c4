"""The ledger, looked at again and again; and since when something in it is unexplained."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import NamedTuple

import structlog

from orchestrator.clock import Clock
from orchestrator.core.ledger import Ledger
from orchestrator.read_model.ledger_reader import LedgerReader
from orchestrator.stream.refusals import AWAY

log = structlog.get_logger(__name__)

PERIOD_S = 2.0
RETRY_S = 5.0

Readers = Callable[[], AbstractAsyncContextManager[LedgerReader]]
"""Connects a reader. Raises KafkaError."""


class Seen(NamedTuple):
    """The ledger: all that was before `at` is in it, and some of what came while it was read.

    `since`: from when on each difference has been there, look after look.
    """

    at: datetime
    ledger: Ledger
    since: Mapping[tuple[str, int], datetime]


class LedgerWatch:
    """Looks every two seconds, and tells `on_ledger` what it saw."""

    def __init__(
        self, readers: Readers, *, clock: Clock, on_ledger: Callable[[Ledger], None]
    ) -> None:
        self._readers = readers
        self._clock = clock
        self._on_ledger = on_ledger
        self.seen: Seen | None = None

    async def run(self) -> None:
        """Look, for ever. Kafka's errors are waited out; what was seen last stands meanwhile."""
        while True:
            try:
                async with self._readers() as reader:
                    await self._follow(reader)
            except AWAY as error:
                log.warning("the ledger cannot be read, trying again", error=repr(error))
                await asyncio.sleep(RETRY_S)

    def see(self, ledger: Ledger, at: datetime) -> None:
        """Take note of a look that began at `at`."""
        before = self.seen.since if self.seen is not None else {}
        since = {place: before.get(place, at) for place in ledger.unexplained()}
        self.seen = Seen(at, ledger, since)
        self._on_ledger(ledger)

    async def _follow(self, reader: LedgerReader) -> None:
        while True:
            began = self._clock.now()
            self.see(await reader.look(), began)
            await asyncio.sleep(PERIOD_S)
