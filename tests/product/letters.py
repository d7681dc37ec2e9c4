"""The dead letters of a house, and entries of any form put into its streams."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from orchestrator.stream.records import RawRecord
from orchestrator.topics import DEAD_LETTERS
from tests.product.envelopes import Entry
from tests.product.house import PARTITIONS, House
from tests.product.oracle import read_all

EVENT_ENDS = ("total_events_processed", "duplicates", "late", "dead_letters", "events_in_flight")
ACTION_ENDS = ("delivered", "rejected", "expired", "superseded", "failed", "pending")
GIVEN = (
    "level_suggestions_sent",
    "game_breaks_scheduled",
    "sel_interventions_triggered",
    "learning_path_updates",
)


async def put(house: House, entries: Sequence[tuple[str, Entry]]) -> list[str]:
    """XADD each; the sources that their dead letters would have."""
    async with Redis.from_url(house.valkey.url) as redis:
        pipeline = redis.pipeline(transaction=False)
        for stream, entry in entries:
            pipeline.xadd(stream, dict(entry.items()))
        ids = await pipeline.execute()
    return [
        f"redis:{stream}:{name.decode()}" for (stream, _), name in zip(entries, ids, strict=True)
    ]


async def letters(house: House) -> dict[str, list[RawRecord]]:
    """The dead letters by their source; the marks of replays left out."""
    log = await read_all(house.kafka.bootstrap_servers, PARTITIONS)
    found: dict[str, list[RawRecord]] = defaultdict(list)
    for records in log[DEAD_LETTERS].values():
        for record in records:
            headers = dict(record.headers)
            if "replayed-at" not in headers:
                found[headers["source"].decode()].append(record)
    return found


def said(record: RawRecord, header: str) -> str:
    """A header of a dead letter."""
    return dict(record.headers)[header].decode()


def reason(record: RawRecord) -> str:
    """Why it was refused."""
    return said(record, "reason")


def assert_balanced(figures: dict[str, Any]) -> None:
    """The ledger of /stats: what was received has ended or is under way, and so have actions."""
    assert figures["total_events_received"] == sum(figures[name] for name in EVENT_ENDS)
    ended = sum(figures[f"actions_{name}"] for name in ACTION_ENDS)
    assert sum(figures[name] for name in GIVEN) == ended
