"""The sandbox as a child process, as any other server of this room."""

import socket
import sys

from orchestrator.embedded.server import HOST, Server


class SandboxProcess(Server):
    """`python -m orchestrator.embedded.sandbox`, for who needs its own event loop's time."""

    name = "The sandbox"

    @property
    def url(self) -> str:
        """What LEARNER_SVC_URL and NOTIFICATION_SVC_URL are set to."""
        return f"http://{HOST}:{self.port}"

    def _command(self) -> list[str]:
        return [sys.executable, "-m", "orchestrator.embedded.sandbox", "--port", str(self.port)]

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=1.0):
                return True
        except OSError:
            return False
