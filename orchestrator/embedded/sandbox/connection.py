"""Ends a connection the hard way."""

import socket
import struct

from aiohttp import web

NO_LINGER = struct.pack("ii", 1, 0)
"""SO_LINGER on, 0 seconds: closing sends RST instead of a polite FIN."""


def reset_connection(request: web.Request) -> web.Response:
    """Reset the request's connection; the response returned never reaches anybody."""
    transport = request.transport
    if transport is not None:
        line: socket.socket = transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        transport.abort()
    return web.Response(status=503)
