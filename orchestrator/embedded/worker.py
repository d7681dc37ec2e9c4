"""A worker as a child process, as any other server of this room."""

import http.client
import sys
from collections.abc import Mapping
from pathlib import Path

from orchestrator.embedded.server import HOST, Server


class WorkerProcess(Server):
    """`orchestrator worker` with an environment of its own; its log lies in `data_dir`."""

    name = "The worker"

    def __init__(self, data_dir: Path, port: int | None, environment: Mapping[str, str]) -> None:
        super().__init__(data_dir, port)
        self._environment = environment

    @property
    def url(self) -> str:
        """Where its HTTP API listens."""
        return f"http://{HOST}:{self.port}"

    def _command(self) -> list[str]:
        own = {"PORT": str(self.port), "WEB_BIND": HOST}
        environment = {"DATA_DIR": str(self.data_dir / "history"), **self._environment, **own}
        words = [f"{name}={value}" for name, value in environment.items()]
        return ["/usr/bin/env", *words, sys.executable, "-m", "orchestrator", "worker"]

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=1.0)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()
