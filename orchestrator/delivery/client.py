"""The pooled HTTP client of one downstream service. All IO of this room passes `send`."""

import ssl
from ssl import SSLContext
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHandlerType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    ServerDisconnectedError,
    StreamReader,
    TCPConnector,
)
from msgspec import Struct

from orchestrator.clock import Clock
from orchestrator.core.actions import Service
from orchestrator.delivery.calls import Call
from orchestrator.delivery.health import HealthRecord, ServiceHealth
from orchestrator.delivery.verdicts import (
    BODY_LIMIT,
    Answer,
    Fault,
    Verdict,
    judge_answer,
    judge_fault,
)
from orchestrator.errors import InvalidSettings
from orchestrator.tls import tls_trouble

# Shorter than the 5 s after which common servers close an idle connection: reusing one at that
# very moment is a reset.
_KEEP_IDLE_SECONDS = 4.0


class Limits(Struct, frozen=True):
    """Time limits of one attempt in seconds, and the most connections at a time.

    `connections` is to be at least the attempts in flight of all who share the client, as the
    wait for a free one counts as part of `total`.
    """

    connect: float = 2.0
    read: float = 10.0
    """The longest silence between two pieces of the response."""
    total: float = 15.0
    connections: int = 64


class ServiceClient:
    """One service's connections. Open it in the event loop that will use it, and close it there."""

    def __init__(
        self,
        service: Service,
        base_url: str,
        *,
        clock: Clock,
        token: str | None = None,
        limits: Limits | None = None,
        tls: SSLContext | None = None,
    ) -> None:
        """`tls`: for https; without it the machine's authorities are trusted.

        Raises InvalidSettings unless `base_url` is http(s)://host, perhaps a port and a path."""
        self.service = service
        self._base_url = _checked(service, base_url)
        self._host = urlsplit(self._base_url).netloc
        self._clock = clock
        self._headers = {"User-Agent": "aivo-orchestrator", "Accept-Encoding": "identity"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._limits = limits or Limits()
        self._tls = tls or ssl.create_default_context()
        self._health = HealthRecord()
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        limits = self._limits
        self._session = ClientSession(
            connector=TCPConnector(
                limit=limits.connections, keepalive_timeout=_KEEP_IDLE_SECONDS, ssl=self._tls
            ),
            timeout=ClientTimeout(
                total=limits.total, sock_connect=limits.connect, sock_read=limits.read
            ),
            headers=self._headers,
            cookie_jar=DummyCookieJar(),
            middlewares=(_no_silent_repeat,),
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, call: Call) -> Verdict:
        """One attempt, within the limits. Whatever the network does is a verdict, not an error.

        Cancelled, it closes its connection, and nothing is noted. Raises RuntimeError outside of
        `async with`.
        """
        verdict = await self._attempt(call)
        self._health.note(verdict, self._clock.now())
        return verdict

    def health(self) -> ServiceHealth:
        """How the service fares, from the attempts so far."""
        return self._health.read()

    async def _attempt(self, call: Call) -> Verdict:
        try:
            answer = await self._exchange(call)
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            why = tls_trouble(error, "SERVICES_SSL_CAFILE")
            return judge_fault(Fault.UNREACHABLE, f"{self._host}: {why}" if why else str(error))
        except TimeoutError:
            return judge_fault(Fault.TIMEOUT, f"no answer from {self.service} within the limits")
        except _ConnectionLost as error:
            return judge_fault(Fault.RESET, str(error))
        except ClientError as error:
            return judge_fault(Fault.GARBLED, type(error).__name__)  # its text has the URL
        return judge_answer(answer, now=self._clock.now(), host=self._host)

    async def _exchange(self, call: Call) -> Answer:
        if self._session is None:
            raise RuntimeError("the client is not open: use it within `async with`")
        async with self._session.request(
            call.method,
            self._base_url + call.path,
            data=call.body,
            headers=call.headers,
            allow_redirects=False,
        ) as response:
            body, cut = await _read(response.content)
            return Answer(
                status=response.status,
                body=body,
                cut=cut,
                retry_after=response.headers.get("Retry-After"),
                location=response.headers.get("Location"),
            )


class _ConnectionLost(Exception):
    """The connection ended before the response's head. No ClientError, see _no_silent_repeat."""


async def _no_silent_repeat(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Keep the library from repeating a PUT by itself when a kept connection turns out dead.

    A repeat is ours to make: counted, after a wait, and not once the action has expired.
    """
    try:
        return await handler(request)
    except ClientConnectorError:
        raise
    except (ClientOSError, ServerDisconnectedError) as error:
        raise _ConnectionLost(f"{type(error).__name__}: {error}") from error


async def _read(content: StreamReader) -> tuple[bytes, bool]:
    """The body up to BODY_LIMIT, and whether it was cut: too long, too slow or broken off.

    The status has been read by now and decides; a body that fails to arrive does not undo it. What
    is left unread, the end of `async with` closes with its connection.
    """
    body = bytearray()
    try:
        while len(body) <= BODY_LIMIT:
            piece = await content.readany()
            if not piece:
                return bytes(body), False
            body += piece
    except (ClientError, TimeoutError):
        return bytes(body[:BODY_LIMIT]), True
    return bytes(body[:BODY_LIMIT]), True


def _checked(service: Service, base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidSettings([f"the URL of {service} must be http(s)://host[:port][/path]"])
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidSettings(
            [f"the URL of {service} must have no user, query or fragment; use a token to sign in"]
        )
    return base_url.rstrip("/")
