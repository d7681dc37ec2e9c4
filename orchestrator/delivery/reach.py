"""Whether anybody listens at a service's address: known before the next child needs the service.

The calls alone tell nothing while there are none, and at night there are none for hours.
"""

import asyncio
import contextlib
from urllib.parse import urlsplit

import structlog

from orchestrator.core.actions import Service

log = structlog.get_logger(__name__)

PERIOD_S = 1.5
WITHIN_S = 2.0

DEFAULT_PORTS = {"http": 80, "https": 443}


class Reach:
    """Opens a connection to the service now and then, and closes it: nothing is sent or asked."""

    def __init__(self, service: Service, base_url: str) -> None:
        """`base_url`: as ServiceClient takes it."""
        parts = urlsplit(base_url)
        self._service = service
        self._host = parts.hostname or ""
        self._port = parts.port or DEFAULT_PORTS[parts.scheme]
        self.trouble: str | None = None
        """Why nobody can be reached; None while somebody listens, or nobody has looked yet."""

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            self._note(await self._look())
            await asyncio.sleep(PERIOD_S)

    async def _look(self) -> str | None:
        try:
            async with asyncio.timeout(WITHIN_S):
                _, writer = await asyncio.open_connection(self._host, self._port)
        except TimeoutError:
            return f"no connection within {WITHIN_S:g} s"
        except OSError as error:
            return str(error) or type(error).__name__
        writer.close()
        with contextlib.suppress(OSError):  # it did listen
            await writer.wait_closed()
        return None

    def _note(self, trouble: str | None) -> None:
        if trouble is not None:
            trouble = f"nobody listens at {self._host}:{self._port}: {trouble}"
        if (trouble is None) is not (self.trouble is None):
            state = "reachable" if trouble is None else "unreachable"
            log.warning("service", service=self._service, state=state, detail=trouble or "")
        self.trouble = trouble
