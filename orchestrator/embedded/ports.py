"""Ports to listen on."""

import secrets
import socket

from orchestrator.embedded.errors import EmbeddedServerError, PortTakenError

LOWEST, HIGHEST = 10_240, 32_767
# Below the range the kernel takes for outgoing connections (32768 and up on Linux): a client that
# keeps knocking at a stopped server could be given the server's port as its own, and hold it.


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def require_free(host: str, port: int, server: str) -> None:
    """Raise PortTakenError if `server` could not listen on the port."""
    if not is_free(host, port):
        raise PortTakenError(host, port, server)


def free_port(host: str) -> int:
    """Return a random port nobody listens on.

    Raises EmbeddedServerError if none is found.
    """
    for _ in range(200):
        port = LOWEST + secrets.randbelow(HIGHEST - LOWEST + 1)
        if is_free(host, port):
            return port
    raise EmbeddedServerError(
        f"No free port between {LOWEST} and {HIGHEST} on {host}: close some servers."
    )
