"""The Kafka client's connection: mended for uvloop, with fetch sessions, and plain when refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.protocol.fetch import FetchRequest

from orchestrator.errors import KafkaRefused
from orchestrator.stream.fetch_session import FIRST_VERSION, FetchSession, SessionFetch
from orchestrator.stream.refusals import refusal

LET_GO_WITHIN_S = 1.0


class Connection(AIOKafkaConnection):
    """A connection that says in the client's own terms that its transport has closed.

    uvloop raises RuntimeError where asyncio raises OSError, or is silent. The client knows only
    OSError (github.com/aio-libs/aiokafka/issues/1038): the RuntimeError ends whichever of its
    background tasks was about to send. Seen: the one that keeps the metadata up to date, after
    which the member looked for its group's coordinator no more, and went on reading and writing
    beside its successor.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._session = FetchSession()

    async def connect(self) -> Any:
        """Connect and sign in. Raises KafkaRefused where a client's first connection is refused.

        The client takes every KafkaError for an absence, and says no more than that it could not
        connect; ours passes through it. Later connections have `on_close`: their refusal is an
        absence, too (see refusals.py), and is logged by the client with our words.
        """
        try:
            return await super().connect()
        except (OSError, KafkaError) as error:
            why = refusal(error)
            if why is None:
                raise
            where = f"No way in to Kafka at {self.host}:{self.port}"
            refused = KafkaRefused(f"{where}: {why.why}", why.remedy)
            if self._on_close_cb is None:
                await self._let_go()
                raise refused from error
            raise KafkaConnectionError(str(refused)) from error

    async def _let_go(self) -> None:
        """Wait for the transport to close: uvloop complains of one that its loop's end cuts off."""
        if self._protocol is not None:
            await asyncio.wait({self._closed_fut}, timeout=LET_GO_WITHIN_S)

    def send(self, request: Any, expect_response: bool = True) -> Awaitable[Any]:
        """The response, to be awaited. Raises KafkaConnectionError."""
        if type(request) is FetchRequest:
            return self._fetch(request)
        return self._send(request, expect_response)

    async def _fetch(self, request: FetchRequest) -> Any:
        session = self._session
        try:
            response = await self._send(SessionFetch(request, session), True)
        except BaseException:
            session.lost()
            raise
        if response.API_VERSION >= FIRST_VERSION:
            session.answered(response)
        return response

    def _send(self, request: Any, expect_response: bool) -> Awaitable[Any]:
        try:
            sent: Awaitable[Any] = super().send(request, expect_response)
        except KafkaError:
            raise
        except RuntimeError as error:
            self.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(
                f"Connection at {self.host}:{self.port} has closed: {error}"
            ) from error
        return sent
