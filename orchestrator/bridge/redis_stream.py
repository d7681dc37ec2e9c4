"""The commands by which a lane reads one Redis stream."""

from collections.abc import Iterator, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError

from orchestrator.bridge.entries import Entry
from orchestrator.errors import OrchestratorError

GROUP = "orchestrator-consumer-group"
BLOCK_MS = 1_000
"""How long a read waits for an entry. A reader whose owner died holds its place no longer."""

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 5.0

GONE = ("NOGROUP", "UNBLOCKED")
"""How Redis says that the group is gone; the second until 7.2, if the stream is deleted while a
read waits."""


class NoGroupError(OrchestratorError):
    """The consumer group, or the whole stream, is not there."""


def connect(url: str) -> Redis:
    """A client that connects when it is first used.

    It never repeats a command by itself: the entries of a lost answer are pending by then, and
    have to be read as such before any later one.
    """
    client = Redis.from_url(
        url,
        protocol=2,
        retry=Retry(NoBackoff(), 0),
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=ANSWER_TIMEOUT_S + BLOCK_MS / 1000,
    )
    client.set_response_callback("XREADGROUP", _entries)
    return client


class RedisStream:
    """One stream, read as the one consumer that bears the stream's name.

    Every method raises redis.exceptions.RedisError or OSError when Redis cannot be asked, and the
    reading ones NoGroupError.
    """

    def __init__(self, client: Redis, stream: str, group: str = GROUP) -> None:
        self._client = client
        self._stream = stream
        self._group = group

    async def create_group(self) -> None:
        """Make the group, from the stream's first entry, and the stream itself if need be."""
        try:
            await self._client.xgroup_create(self._stream, self._group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def read_pending(self, count: int) -> list[Entry]:
        """The oldest `count` entries that were given to us and not acknowledged."""
        pipe = self._client.pipeline(transaction=False)
        pipe.execute_command(*self._read(count, "0"))
        return list((await self._answers(pipe))[0])

    async def read_new(self, count: int, block_ms: int = BLOCK_MS) -> tuple[list[Entry], int]:
        """Wait up to `block_ms` for new entries: at most `count`, and how many are now pending.

        More pending than these: an entry was given to a former owner's last read. It stands
        before these, and read_pending has it.
        """
        pipe = self._client.pipeline(transaction=False)
        pipe.execute_command(*self._read(count, ">", block_ms))
        pipe.xpending(self._stream, self._group)
        entries, summary = await self._answers(pipe)
        return entries, self._ours(summary["consumers"])

    async def acknowledge(self, ids: Sequence[bytes]) -> None:
        """Tell Redis that these are done with."""
        await self._client.xack(self._stream, self._group, *ids)

    async def lag(self) -> int | None:
        """How many entries the group has not been given yet; None where Redis cannot tell.

        That is with entries deleted from the middle, without the stream, or without the right to
        ask: none of which is a reason not to read.
        """
        try:
            groups = await self._client.xinfo_groups(self._stream)
        except ResponseError:
            return None
        for group in groups:
            if group["name"] in (self._group, self._group.encode()):
                lag = group.get("lag")
                return None if lag is None else int(lag)
        return None

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    @staticmethod
    async def _answers(pipe: Pipeline) -> list[Any]:
        try:
            return await pipe.execute()
        except ResponseError as error:
            if any(word in str(error) for word in GONE):
                raise NoGroupError(str(error)) from error
            raise

    def _read(self, count: int, after: str, block_ms: int | None = None) -> Iterator[Any]:
        yield from ("XREADGROUP", "GROUP", self._group, self._stream, "COUNT", count)
        if block_ms is not None:
            yield from ("BLOCK", block_ms)
        yield from ("STREAMS", self._stream, after)

    def _ours(self, consumers: list[dict[str, Any]]) -> int:
        name = self._stream.encode()
        return next((int(each["pending"]) for each in consumers if each["name"] == name), 0)


def _entries(response: Any, **_options: Any) -> list[Entry]:
    """[[stream, [[id, [name, value, ...]], ...]]] -> entries; None: there are none."""
    if not response:
        return []
    return [_entry(entry_id, flat) for entry_id, flat in response[0][1]]


def _entry(entry_id: bytes, flat: list[bytes] | None) -> Entry:
    if flat is None:
        return Entry(entry_id, None, 0)
    return Entry(entry_id, dict(zip(flat[::2], flat[1::2], strict=True)), sum(map(len, flat)))
