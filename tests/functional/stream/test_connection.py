"""A connection whose transport has closed says so in the Kafka client's terms, under uvloop."""

import asyncio

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from orchestrator.stream.connection import Connection


class Connected:
    """What a client's connection has once it is connected, without asking for versions."""

    async def _do_version_lookup(self) -> None:
        pass


class Theirs(Connected, AIOKafkaConnection):  # type: ignore[misc] # it has no types
    """The client's own."""


class Ours(Connected, Connection):
    """Ours."""


async def send_after_the_transport_has_closed(kind: type[AIOKafkaConnection]) -> None:
    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        connection = kind(host, port)
        await connection.connect()
        connection._versions = {MetadataRequest.API_KEY: (0, 1)}
        connection._writer.transport.abort()
        await asyncio.sleep(0)  # uvloop closes the handle
        try:
            await connection.send(MetadataRequest([]))
        finally:
            connection.close()


def under_uvloop(kind: type[AIOKafkaConnection]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(send_after_the_transport_has_closed(kind))


def test_a_closed_transport_is_a_connection_error() -> None:
    with pytest.raises(KafkaConnectionError, match="has closed"):
        under_uvloop(Ours)


def test_without_it_the_client_is_told_in_terms_that_it_does_not_know() -> None:
    """When this fails, the client has been mended, and Connection._send can go."""
    with pytest.raises(RuntimeError) as raised:
        under_uvloop(Theirs)
    assert not isinstance(raised.value, KafkaConnectionError)
