"""The Kafka client's connection under uvloop."""

from __future__ import annotations

from typing import Any

import aiokafka.conn
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, KafkaError


class Connection(AIOKafkaConnection):
    """A connection that says in the client's own terms that its transport has closed.

    uvloop raises RuntimeError where asyncio raises OSError, or is silent. The client knows only
    OSError (github.com/aio-libs/aiokafka/issues/1038): the RuntimeError ends whichever of its
    background tasks was about to send. Seen: the one that keeps the metadata up to date, after
    which the member looked for its group's coordinator no more, and went on reading and writing
    beside its successor.
    """

    def send(self, request: Any, expect_response: bool = True) -> Any:
        """An awaitable of the response. Raises KafkaConnectionError."""
        try:
            return super().send(request, expect_response)
        except KafkaError:
            raise
        except RuntimeError as error:
            self.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(
                f"Connection at {self.host}:{self.port} has closed: {error}"
            ) from error


def use_everywhere() -> None:
    """Have all Kafka clients of this process connect so."""
    aiokafka.conn.AIOKafkaConnection = Connection
