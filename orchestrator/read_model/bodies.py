"""Which request body came first under which Idempotency-Key: the same on every worker."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from heapq import nsmallest
from typing import Any, NamedTuple

import structlog

from orchestrator.clock import Clock
from orchestrator.core.decisions import BODY_HASH_MARK, DecisionRow, decode_decisions
from orchestrator.core.ids import parse_learner_key
from orchestrator.stream.read_back import read_back
from orchestrator.stream.records import RawRecord
from orchestrator.topics import DECISIONS

log = structlog.get_logger(__name__)

REMEMBERED = timedelta(hours=24)
LIMIT = 100_000
READ_BACK = 20_000
"""Records of each partition that a worker which starts reads back, unless 24 h are less."""


class First(NamedTuple):
    """The first body of a key, and when it came."""

    body_hash: str
    at: datetime


class FirstBodies:
    """Fed with the records of `orchestrator.decisions`, in any order; the earliest body counts.

    Keys are a tenant's own. What is beyond REMEMBERED or LIMIT (the oldest go first) is forgotten,
    and so is what was decided before the last start and was not read back. A body that differs is
    then not noticed, and the event is still decided only once: the learner's state knows its id.
    """

    def __init__(self, clock: Clock, limit: int = LIMIT) -> None:
        self._clock = clock
        self._limit = limit
        self._first: dict[tuple[str, str], First] = {}

    def on_record(self, record: RawRecord) -> None:
        """Take note of the bodies of a batch."""
        raw = record.value or b""
        if BODY_HASH_MARK not in raw:
            return
        try:
            for row in decode_decisions(raw).rows:
                self._note(row)
        except ValueError as error:
            log.warning("a record of the decisions is unreadable", error=str(error))
        if len(self._first) > self._limit:
            self._forget_oldest()

    def body_hash(self, tenant_id: str, event_id: str) -> str | None:
        """The hash of the first body under this key; None if there was none within REMEMBERED."""
        first = self._first.get((tenant_id, event_id))
        return first.body_hash if first is not None and self._is_remembered(first) else None

    def __len__(self) -> int:
        return len(self._first)

    def _note(self, row: DecisionRow) -> None:
        if row.asked is None or not row.asked.body_hash:
            return
        tenant_id, _ = parse_learner_key(row.key.encode())
        name, came = (tenant_id, row.event_id), First(row.asked.body_hash, row.asked.at)
        known = self._first.get(name)
        replaces = known is None or came.at < known.at or not self._is_remembered(known)
        if replaces and self._is_remembered(came):
            self._first[name] = came

    def _is_remembered(self, first: First) -> bool:
        return self._clock.now() - first.at < REMEMBERED

    def _forget_oldest(self) -> None:
        """A tenth at once, so that making room is rare."""
        surplus = len(self._first) - self._limit + self._limit // 10
        for name, _ in nsmallest(surplus, self._first.items(), key=lambda item: item[1].at):
            del self._first[name]


async def read_back_bodies(
    bodies: FirstBodies, client_settings: Mapping[str, Any], partitions: int, since: datetime
) -> None:
    """Feed the bodies with what was decided before; one that differs is not noticed until then."""

    def apply(_topic: str, _partition: int, records: list[RawRecord]) -> None:
        for record in records:
            bodies.on_record(record)

    count = await read_back(
        client_settings, DECISIONS, partitions=partitions, since=since, most=READ_BACK, apply=apply
    )
    log.info("decisions read back", records=count, request_bodies=len(bodies))
