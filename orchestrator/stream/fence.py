"""The fence: Kafka refuses what a former owner of a partition number writes, without transactions.

Kafka gives out an epoch for a transactional id, a higher one each time it is asked, and a log takes
nothing under an epoch below the highest it has seen. So whoever takes a number over asks for an
epoch, and has it marked in the logs by a transaction without records. Readers do not see marks.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from aiokafka.client import AIOKafkaClient, ConnectionGroup, CoordinationType
from aiokafka.errors import (
    ConcurrentTransactions,
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    InvalidTxnState,
    KafkaConnectionError,
    KafkaError,
    NodeNotReadyError,
    NoError,
    NotCoordinatorError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
    RequestTimedOutError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.transaction import (
    AddPartitionsToTxnRequest,
    EndTxnRequest,
    InitProducerIdRequest,
)

logger = logging.getLogger(__name__)

TELL_EVERY_S = 10.0
REMEDY = (
    "If this lasts while Kafka runs, it keeps no transactions: with fewer than three brokers set "
    "transaction.state.log.replication.factor and transaction.state.log.min.isr to their number."
)
RETRY_S = 0.02
"""The marks of a transaction take some milliseconds; nobody can begin the next one before."""

FENCED = (
    ProducerFenced,
    InvalidProducerEpoch,
    InvalidTxnState,
    InvalidProducerIdMapping,
    OutOfOrderSequenceNumber,
)
"""Kafka has given the transactional id to another producer, or ended its transaction for it."""

_PASSING = (
    ConcurrentTransactions,
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    KafkaConnectionError,
    NodeNotReadyError,
    NotCoordinatorError,
    RequestTimedOutError,
    UnknownTopicOrPartitionError,
)

CodeOf = Callable[[Any], int]
"""The error code of a response."""


class Epoch(NamedTuple):
    """What a record batch is stamped with: Kafka's id of its producer, and that one's epoch."""

    producer_id: int
    epoch: int


class Fence:
    """Gives the owner of a partition number its epoch, and the logs of that number the mark."""

    def __init__(
        self,
        client: AIOKafkaClient,
        application: str,
        topics: Sequence[str],
        transaction_timeout_s: float,
    ) -> None:
        """`topics`: where a former owner's record could do harm. `client` is connected."""
        self._client = client
        self._application = application
        self._topics = topics
        self._timeout_ms = int(transaction_timeout_s * 1000)

    async def put_up(self, number: int) -> Epoch:
        """When it returns, no former owner writes to that partition of the topics any more.

        Kafka's absence is waited out. Raises KafkaError if it refuses.
        """
        await self.mark(number, await self._begin(number))
        return await self._begin(number)  # answered only when every log has the marks

    async def mark(self, number: int, epoch: Epoch) -> None:
        """Have the epoch written into the logs; Kafka forgets one that is not heard of for a week.

        Raises one of FENCED if there is a higher one.
        """
        name = self._name(number)
        partitions = [(topic, [number]) for topic in self._topics]
        await self._ask(name, AddPartitionsToTxnRequest(name, *epoch, partitions), _first_of_all)
        await self._ask(name, EndTxnRequest(name, *epoch, True), _one)

    async def _begin(self, number: int) -> Epoch:
        name = self._name(number)
        response = await self._ask(name, InitProducerIdRequest(name, self._timeout_ms), _one)
        return Epoch(response.producer_id, response.producer_epoch)

    def _name(self, number: int) -> str:
        return f"{self._application}-{number}"

    async def _ask(self, name: str, request: Any, code_of: CodeOf) -> Any:
        tell_at = time.monotonic() + TELL_EVERY_S
        while True:
            try:
                node = await self._client.coordinator_lookup(CoordinationType.TRANSACTION, name)
                response = await self._client.send(
                    node, request, group=ConnectionGroup.COORDINATION
                )
                error: type[KafkaError] = for_code(code_of(response))
                if error is NoError:
                    return response
                raise error(f"for transactional id {name}")
            except _PASSING as error:
                if time.monotonic() > tell_at:
                    tell_at += TELL_EVERY_S
                    logger.warning("%s cannot begin to write yet: %r. %s", name, error, REMEDY)
                await asyncio.sleep(RETRY_S)


def _one(response: Any) -> int:
    return int(response.error_code)


def _first_of_all(response: Any) -> int:
    codes = [code for _, partitions in response.errors for _, code in partitions]
    return next((code for code in codes if code), 0)
