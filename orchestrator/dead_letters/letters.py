"""A record of `orchestrator.dead-letters` as an operator sees it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from orchestrator.core.dead_letters import ERASED_LEARNER, REPLAYED_AT, REPLAYED_OFFSET
from orchestrator.dialects.whose import Whose, whose
from orchestrator.stream.records import Headers, RawRecord, Record
from orchestrator.topics import DEAD_LETTERS

UNREADABLE = "unreadable"
"""The reason of a record without one: something else has written it."""


class Letter(NamedTuple):
    """A dead letter without its bytes. `length`: of the whole, in bytes; `at`: when it was refused.

    `partition`, `offset`: where it stands. `size`: bytes that are kept of it; `head`: the first of
    them, as many as were asked for. `whose`: whom it names.
    """

    source: str
    reason: str
    detail: str
    at: datetime
    length: int
    size: int
    replayable: bool
    key: bytes | None
    partition: int
    offset: int
    whose: Whose = Whose()
    head: bytes = b""

    @property
    def id(self) -> str:
        """Its name over HTTP: where it stands."""
        return f"{self.partition}-{self.offset}"


class Replayed(NamedTuple):
    """The mark that the dead letter of this source was replayed.

    `partition`: where both stand. `offset`: the letter's; None where an older version wrote it.
    """

    source: str
    at: datetime
    partition: int
    offset: int | None


class Erased(NamedTuple):
    """The mark that a learner was erased: of no letter before it in its partition is known more.

    `learner`: see core.dead_letters.learner_hash.
    """

    learner: str
    partition: int
    offset: int


def read_letter(record: RawRecord, head: int = 0) -> Letter | Replayed | Erased:
    """What a record of the topic says; whatever it lacks is made up for, nothing is refused.

    Of a letter's bytes the first `head` are kept.
    """
    said = texts(record.headers)
    source = said.get("source") or _source_of(record)
    if ERASED_LEARNER in said:
        return Erased(said[ERASED_LEARNER], record.partition, record.offset)
    if REPLAYED_AT in said:
        return Replayed(
            source,
            _time(said[REPLAYED_AT], record),
            record.partition,
            _number(said.get(REPLAYED_OFFSET, "")),
        )
    value = record.value or b""
    size = len(value)
    return Letter(
        source=source,
        reason=said.get("reason", UNREADABLE),
        detail=said.get("detail", ""),
        at=_time(said.get("at", ""), record),
        length=size if (length := _number(said.get("length", ""))) is None else length,
        size=size,
        replayable=said.get("replayable") == "true",
        key=record.key,
        partition=record.partition,
        offset=record.offset,
        whose=whose(value, said.get("form", "raw")),
        head=value[:head],
    )


def mark_of(letter: Letter, at: datetime) -> Record:
    """The record that marks a dead letter as replayed: the same key, and no bytes."""
    headers: Headers = (
        ("source", letter.source.encode(errors="backslashreplace")),
        (REPLAYED_AT, at.isoformat().encode()),
        (REPLAYED_OFFSET, str(letter.offset).encode()),
    )
    return Record(letter.key, None, headers)


def texts(headers: Headers) -> Mapping[str, str]:
    """Headers as text; of several of one name the last."""
    return {name: (value or b"").decode(errors="backslashreplace") for name, value in headers}


def _source_of(record: RawRecord) -> str:
    if record.key:
        return record.key.decode(errors="backslashreplace")
    return f"kafka:{DEAD_LETTERS}:{record.partition}:{record.offset}"


def _number(said: str) -> int | None:
    return int(said) if said.isdecimal() else None


def _time(said: str, record: RawRecord) -> datetime:
    """The time that a header says, else when Kafka got the record."""
    try:
        return datetime.fromisoformat(said).astimezone(UTC)
    except ValueError:
        return datetime.fromtimestamp(max(0, record.timestamp) / 1000, UTC)
