"""The commands by which a lane reads one Redis stream."""

from collections.abc import Sequence
from typing import Any

from redis.exceptions import ResponseError

from orchestrator.bridge.answers import Claimed, Pending, pending_from
from orchestrator.bridge.connection import BLOCK_MS, Client
from orchestrator.bridge.entries import Entry
from orchestrator.bridge.stream_state import StreamState, state_from
from orchestrator.errors import OrchestratorError

GROUP = "orchestrator-consumer-group"
CLAIM_COUNT = 1_000

GONE = ("NOGROUP", "UNBLOCKED")
"""How Redis says that the group is gone; the second until 7.2, if the stream is deleted while a
read waits."""


class NoGroupError(OrchestratorError):
    """The consumer group, or the whole stream, is not there."""


class RedisStream:
    """One stream, read as the one consumer that bears the stream's name.

    Every method raises one of connection.UNREACHABLE when Redis cannot be asked, and those that
    need the group NoGroupError.
    """

    def __init__(self, client: Client, stream: str, group: str = GROUP) -> None:
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

    async def begin_again(self) -> None:
        """Set the group back to before the stream's first entry."""
        await self._client.xgroup_setid(self._stream, self._group, id="0")

    async def read_pending(self, count: int) -> list[Entry]:
        """The oldest `count` entries that were given to us and not acknowledged."""
        (entries,) = await self._answers(self._read(count, "0"))
        return list(entries)

    async def read_new(self, count: int, block_ms: int = BLOCK_MS) -> tuple[list[Entry], Pending]:
        """Wait up to `block_ms` for new entries: at most `count`, and how many are now pending.

        More of ours pending than these: an entry was given to a former owner's last read. It
        stands before these, and read_pending has it.
        """
        entries, summary = await self._answers(
            self._read(count, ">", block_ms), ("XPENDING", self._stream, self._group)
        )
        return entries, pending_from(summary, self._stream)

    async def pending(self) -> Pending:
        """How many entries are pending, and whose they are."""
        (summary,) = await self._answers(("XPENDING", self._stream, self._group))
        return pending_from(summary, self._stream)

    async def claim(self, idle_ms: int, start: bytes) -> Claimed:
        """Make ours, from id `start` on, what anybody was given over `idle_ms` ago. One page.

        The entries themselves are not brought: read_pending has them, in the stream's order.
        """
        claim = ("XAUTOCLAIM", self._stream, self._group, self._stream, idle_ms, start)
        (page,) = await self._answers((*claim, "COUNT", CLAIM_COUNT, "JUSTID"))
        assert isinstance(page, Claimed)
        return page

    async def acknowledge(self, ids: Sequence[bytes]) -> None:
        """Tell Redis that these are done with."""
        await self._client.xack(self._stream, self._group, *ids)

    async def state(self) -> StreamState | None:
        """The stream and the group as they are now; None without them or without the right to ask.

        Neither is a reason not to read.
        """
        # By itself, not in a pipeline: where it fails, a cluster's client asks for the nodes anew.
        try:
            answer = await self._client.execute_command(
                "XINFO", "STREAM", self._stream, "FULL", "COUNT", 1
            )
        except ResponseError:
            return None
        return state_from(answer, self._group)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _answers(self, *commands: Sequence[Any]) -> list[Any]:
        pipe = self._client.pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command)
        try:
            return await pipe.execute()
        except ResponseError as error:
            if any(word in str(error) for word in GONE):
                raise NoGroupError(str(error)) from error
            raise

    def _read(self, count: int, after: str, block_ms: int | None = None) -> list[Any]:
        reader = ["XREADGROUP", "GROUP", self._group, self._stream, "COUNT", count]
        wait = [] if block_ms is None else ["BLOCK", block_ms]
        return [*reader, *wait, "STREAMS", self._stream, after]
