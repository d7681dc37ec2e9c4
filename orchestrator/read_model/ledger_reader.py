"""One look at all that the ledger is made of."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from msgspec.structs import replace

from orchestrator.core.ledger import Ledger, Reading, ledger_of
from orchestrator.read_model.ahead import ACTION_TOPICS, Ahead
from orchestrator.stream.unhandled import Unhandled
from orchestrator.topics import DEAD_LETTERS, EVENTS, OUTCOMES

READ = (*ACTION_TOPICS, OUTCOMES, DEAD_LETTERS)
ENDS_OF = (EVENTS,)


class LedgerReader:
    """Brings the counters, and what stands in the topics beyond them, together.

    `counted`: what the workers have counted, and what waits, by now.
    """

    def __init__(
        self, unhandled: Unhandled, counted: Callable[[], Reading], partitions: int
    ) -> None:
        self._unhandled = unhandled
        self._counted = counted
        self._partitions = partitions
        self._ahead = Ahead()

    async def look(self) -> Ledger:
        """The ledger now. Raises KafkaError.

        Its parts are read one after the other: what moves meanwhile may stand in two, or in none.
        """
        look = await self._unhandled.look(self._ahead.on_records)
        self._ahead.forget(look.committed)
        counted = self._counted()  # last: what is committed has been counted before
        reading = replace(
            counted,
            ends={tp.partition: end for tp, end in look.ends.items()},
            letters=self._ahead.letters(counted.letters),
            outcomes=self._ahead.outcomes(counted.outcomes),
            in_flight=self._ahead.in_flight(),
        )
        return ledger_of(reading, self._partitions)


@asynccontextmanager
async def ledger_reader(
    client_settings: Mapping[str, Any],
    group: str,
    counted: Callable[[], Reading],
    partitions: int,
) -> AsyncIterator[LedgerReader]:
    """A reader with connections of its own. Raises KafkaError."""
    unhandled = Unhandled(
        client_settings, group, topics=READ, ends_of=ENDS_OF, partitions=partitions
    )
    async with unhandled:
        yield LedgerReader(unhandled, counted, partitions)
