"""What batches of a partition have come to while Kafka does not have it yet."""

import asyncio
from collections import ChainMap
from collections.abc import AsyncIterator, Mapping, MutableMapping
from contextlib import asynccontextmanager
from typing import cast

from orchestrator.errors import OwnershipLost


class Unwritten:
    """The rows of one assignment of a partition, as its next batch is to find them.

    Batches take turns, in the order of their records, and each is built on those before it: once
    one has failed or was broken off, there is no next one.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()  # gives turns in the order in which they were asked for
        self._rows: dict[bytes, bytes] = {}
        self._broken = False

    @asynccontextmanager
    async def whole_batch(self) -> AsyncIterator[None]:
        """From before its turn until it is in the tables."""
        try:
            yield
        except BaseException:
            self._broken = True
            raise

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Nobody else's turn until this ends. Raises OwnershipLost where there is no next batch."""
        async with self._turn:
            if self._broken:
                raise OwnershipLost("a batch before this one was not written")
            yield

    def over(self, written: Mapping[bytes, bytes]) -> Mapping[bytes, bytes]:
        """The rows with what is not written yet over them."""
        if not self._rows:
            return written
        return ChainMap(self._rows, cast("MutableMapping[bytes, bytes]", written))

    def put(self, rows: Mapping[bytes, bytes]) -> None:
        """A batch has come to these rows."""
        self._rows |= rows

    def drop(self, rows: Mapping[bytes, bytes]) -> None:
        """They are written, and in the table; but for those that a later batch has changed."""
        for key, value in rows.items():
            if self._rows.get(key) is value:
                del self._rows[key]
