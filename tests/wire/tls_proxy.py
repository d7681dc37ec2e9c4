"""TLS in front of a server that has none, as a proxy does it."""

import socket
import socketserver
import ssl
import threading
from types import TracebackType
from typing import Self

from tests.wire.certificates import Certificate

HOST = "127.0.0.1"


class TlsProxy:
    """Shows `certificate`, which may change, and passes what it is sent on to `port`.

    `wants`: the file of the CA that a client has to have its certificate from; None: of none.
    """

    def __init__(self, port: int, certificate: Certificate, wants: str | None = None) -> None:
        self._target = port
        self._wants = wants
        self.certificate = certificate
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                proxy._serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False

        self._server = Server((HOST, 0), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _serve(self, line: socket.socket) -> None:
        context = self.certificate.server_context()
        if self._wants is not None:
            context.load_verify_locations(self._wants)
            context.verify_mode = ssl.CERT_REQUIRED
        try:
            with (
                context.wrap_socket(line, server_side=True) as near,
                socket.create_connection((HOST, self._target)) as far,
            ):
                # TLS of one connection is not for two threads: one reads, in turns.
                _pass_on(near, far)
        except OSError:
            return  # a client that did not trust us, or either has gone


def _pass_on(near: ssl.SSLSocket, far: socket.socket) -> None:
    near.settimeout(0.01)
    far.settimeout(0.01)
    while True:
        for source, sink in ((near, far), (far, near)):
            try:
                data = source.recv(65_536)
            except TimeoutError:
                continue
            if not data:
                return
            sink.settimeout(5)
            sink.sendall(data)
            sink.settimeout(0.01)
