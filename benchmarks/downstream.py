"""A service that takes everything, answers after a while, and knows who called in which order."""

import asyncio
import json
import socket
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click
import uvloop
from aiohttp import web

from benchmarks.record import ROOT
from orchestrator.embedded.server import HOST, Server


class Called(NamedTuple):
    """The ids of the actions in the order in which they came, and the most calls at one time."""

    ids: Sequence[str]
    most_at_once: int


class Downstream:
    """Both services at once; `after_s`: from a call's arrival to its answer."""

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._ids: list[str] = []
        self._now = self._most = 0

    def app(self) -> web.Application:
        """PUT and POST anywhere are calls; GET /called tells of them."""
        app = web.Application()
        app.router.add_get("/called", self._called)
        app.router.add_route("*", "/{path:.*}", self._take)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        self._ids.append(request.headers["Idempotency-Key"])
        self._now += 1
        self._most = max(self._most, self._now)
        await request.read()
        await asyncio.sleep(self._after_s)
        self._now -= 1
        return web.json_response({"status": "ok"})

    async def _called(self, _request: web.Request) -> web.Response:
        return web.json_response(Called(self._ids, self._most)._asdict())


class DownstreamProcess(Server):
    """The same as a child process, in an event loop of its own."""

    name = "The downstream"

    def __init__(self, data_dir: Path, after_ms: float, port: int | None = None) -> None:
        super().__init__(data_dir, port)
        self._after_ms = after_ms

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.port}"

    def called(self) -> Called:
        """Every call so far."""
        with urllib.request.urlopen(f"{self.url}/called") as answer:
            return Called(**json.load(answer))

    def _command(self) -> list[str]:
        words = ["--port", str(self.port), "--after-ms", str(self._after_ms)]
        path = f"PYTHONPATH={ROOT}"
        return ["/usr/bin/env", path, sys.executable, "-m", "benchmarks.downstream", *words]

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=1.0):
                return True
        except OSError:
            return False


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--port", default=8090, show_default=True)
@click.option("--after-ms", default=5.0, show_default=True, help="When a call is answered.")
def main(port: int, after_ms: float) -> None:
    """Answer every call after some milliseconds, until stopped.

    \b
    Example:
      python -m benchmarks.downstream --after-ms 5
    """
    uvloop.install()
    app = Downstream(after_ms / 1000).app()
    web.run_app(app, host=HOST, port=port, access_log=None, print=None)


if __name__ == "__main__":
    main()
