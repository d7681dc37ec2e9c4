"""Batches that are built on one another before Kafka has any of them."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import pytest

from agents.unwritten import Unwritten
from orchestrator.errors import OwnershipLost


class Partition:
    """A table, and batches that each append their name to what they find in its one row."""

    def __init__(self) -> None:
        self.table: dict[bytes, bytes] = {}
        self.unwritten = Unwritten()
        self.written: list[bytes] = []

    async def batch(self, name: bytes, writing: asyncio.Future[None]) -> None:
        async with self.unwritten.whole_batch():
            async with self.unwritten.turn():
                await asyncio.sleep(0)
                found = self.rows().get(b"row", b"")
                changes = {b"row": found + name, name: name}
                self.unwritten.put(changes)
            await writing
            self.table |= changes
            self.written.append(changes[b"row"])
            self.unwritten.drop(changes)

    def rows(self) -> Mapping[bytes, bytes]:
        return self.unwritten.over(self.table)


def futures(count: int) -> list[asyncio.Future[None]]:
    return [asyncio.get_running_loop().create_future() for _ in range(count)]


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_batch_finds_what_those_before_it_came_to_and_the_table_what_is_written() -> None:
    partition, writes = Partition(), futures(3)
    batches = [
        asyncio.ensure_future(partition.batch(name, write))
        for name, write in zip((b"a", b"b", b"c"), writes, strict=True)
    ]
    await settle()
    assert partition.table == {}
    assert partition.rows()[b"row"] == b"abc"
    writes[0].set_result(None)
    await settle()
    assert partition.table[b"row"] == b"a"
    assert partition.rows()[b"row"] == b"abc"
    for write in writes[1:]:
        write.set_result(None)
    await asyncio.gather(*batches)
    assert partition.written == [b"a", b"ab", b"abc"]
    assert partition.rows() is partition.table


@pytest.mark.parametrize("broken_off", [True, False])
async def test_after_a_batch_that_was_not_written_there_is_none(broken_off: bool) -> None:
    partition, writes = Partition(), futures(3)
    first = asyncio.ensure_future(partition.batch(b"a", writes[0]))
    await settle()
    if broken_off:
        first.cancel()
    else:
        writes[0].set_exception(OSError("Kafka has refused it"))
    with suppress(OSError, asyncio.CancelledError):
        await first
    with pytest.raises(OwnershipLost):
        await partition.batch(b"b", writes[1])
    assert partition.table == {}


async def test_who_waits_for_a_turn_behind_a_failure_does_not_get_it() -> None:
    unwritten, gate = Unwritten(), asyncio.Event()

    async def fails() -> None:
        async with unwritten.whole_batch(), unwritten.turn():
            await gate.wait()
            raise ValueError("no state of ours")

    async def follows() -> None:
        async with unwritten.whole_batch(), unwritten.turn():
            raise AssertionError("built on what is not there")

    first, second = asyncio.ensure_future(fails()), asyncio.ensure_future(follows())
    await settle()
    gate.set()
    results = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(each) for each in results] == [ValueError, OwnershipLost]
