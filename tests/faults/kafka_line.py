"""A line to Kafka (tests/faults/line.py), and the moments of its protocol."""

import asyncio
import struct
from enum import IntEnum

from tests.faults.line import HOST, Line, Moment


class Api(IntEnum):
    """The kinds of request that tests name, by Kafka's numbers."""

    PRODUCE = 0
    METADATA = 3
    OFFSET_COMMIT = 8
    FIND_COORDINATOR = 10
    END_TXN = 26
    TXN_OFFSET_COMMIT = 28


TELL_WHERE = frozenset({Api.METADATA, Api.FIND_COORDINATOR})
"""Their answers name the broker's port, to which the client would go past the line."""


class KafkaLine(Line):
    """Between workers and a broker of one node; it answers each connection's requests in order."""

    async def _message(self, reader: asyncio.StreamReader) -> bytes:
        size = await reader.readexactly(4)
        return size + await reader.readexactly(int.from_bytes(size))

    def _amended(self, request: bytes, answer: bytes) -> bytes:
        if _api(request) not in TELL_WHERE:
            return answer
        return answer.replace(_place(self._server_host, self._server_port), _place(HOST, self.port))


def _api(request: bytes) -> int:
    return int.from_bytes(request[4:6])


def _place(host: str, port: int) -> bytes:
    return _string(host) + struct.pack(">i", port)


def _string(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


def asked(api: Api, topic: str = "") -> Moment:
    """Such a request, that names the topic if one is given, is sent, and Kafka has not seen it."""
    return _moment(api, topic, when_answered=False)


def answered(api: Api, topic: str = "") -> Moment:
    """Kafka has done what such a request asks for, and the worker does not know."""
    return _moment(api, topic, when_answered=True)


def _moment(api: Api, topic: str, *, when_answered: bool) -> Moment:
    name = _string(topic) if topic else b""

    def matches(request: bytes, answered: bool) -> bool:
        return answered is when_answered and _api(request) == api and name in request

    return matches
