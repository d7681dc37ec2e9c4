"""Why Kafka does not let us in, by TLS; signing in is tested on a real one."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvloop
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError

from orchestrator.errors import KafkaRefused
from orchestrator.stream import client_parts
from orchestrator.tls import TlsFiles, client_context
from tests.wire.certificates import HOSTS, Authority

LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ours")


@asynccontextmanager
async def listening(context: ssl.SSLContext | None) -> AsyncIterator[int]:
    """A server that hangs up at the first byte; its port."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def bootstrap(server: ssl.SSLContext | None, trusted: Path) -> None:
    client_parts.use_ours()
    async with listening(server) as port:
        client = AIOKafkaClient(
            bootstrap_servers=f"127.0.0.1:{port}",
            security_protocol="SSL",
            ssl_context=client_context(TlsFiles("KAFKA_SSL", trusted)),
        )
        try:
            await client.bootstrap()
        finally:
            await client.close()


def said(server: ssl.SSLContext | None, trusted: Path, loop: object) -> str:
    with (
        asyncio.Runner(loop_factory=loop) as runner,  # type: ignore[arg-type]
        pytest.raises(KafkaRefused) as raised,
    ):
        runner.run(bootstrap(server, trusted))
    return str(raised.value)


@pytest.mark.parametrize("loop", LOOPS)
def test_an_unknown_authority_is_named_with_the_setting(
    authority: Authority, tmp_path: Path, loop: object
) -> None:
    theirs = Authority(tmp_path / "theirs").issue(*HOSTS).server_context()
    assert "Set KAFKA_SSL_CAFILE" in said(theirs, authority.cafile, loop)


@pytest.mark.parametrize("loop", LOOPS)
def test_an_expired_certificate_is_said_to_be_that(authority: Authority, loop: object) -> None:
    expired = authority.issue(*HOSTS, expired=True).server_context()
    assert "has expired" in said(expired, authority.cafile, loop)


@pytest.mark.parametrize("loop", LOOPS)
def test_another_hosts_certificate_is_said_to_be_that(authority: Authority, loop: object) -> None:
    other = authority.issue("kafka.example").server_context()
    assert "is another's" in said(other, authority.cafile, loop)


async def test_a_later_connection_that_is_refused_is_an_absence_to_its_client(
    authority: Authority,
) -> None:
    client_parts.use_ours()
    context = client_context(TlsFiles("KAFKA_SSL", authority.cafile))
    stale = authority.issue(*HOSTS, expired=True).server_context()
    async with listening(stale) as port:
        with pytest.raises(KafkaConnectionError, match="has expired"):
            await create_conn(
                "127.0.0.1",
                port,
                security_protocol="SSL",
                ssl_context=context,
                on_close=lambda *_: None,
            )


@pytest.mark.parametrize("loop", LOOPS)
def test_who_is_trusted_and_hangs_up_is_away(authority: Authority, loop: object) -> None:
    right = authority.issue(*HOSTS).server_context()
    with (
        asyncio.Runner(loop_factory=loop) as runner,  # type: ignore[arg-type]
        pytest.raises(KafkaConnectionError),
    ):
        runner.run(bootstrap(right, authority.cafile))
