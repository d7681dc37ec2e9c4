"""How dead letters are shown: a table, JSON, and one of them in full."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from orchestrator.dead_letters.catalogue import Listed
from orchestrator.dead_letters.letters import texts
from orchestrator.operations.advice import advice
from orchestrator.operations.columns import columns, legible, printable, shortened
from orchestrator.stream.records import RawRecord
from orchestrator.topics import DEAD_LETTERS

HEADINGS = ("refused at", "reason", "source", "replayed", "detail")
DETAIL_WIDTH = 70
SHOWN_BYTES = 4096


def as_table(listed: Sequence[Listed]) -> Iterator[str]:
    """A line each, and headings."""
    yield from columns([HEADINGS, *(_row(each) for each in listed)])


def as_json(listed: Sequence[Listed]) -> str:
    """An array of objects with all that is known of each but its bytes."""
    return json.dumps([_object(each) for each in listed], ensure_ascii=False, indent=2)


def in_full(listed: Listed, record: RawRecord, whole: bool) -> Iterator[str]:
    """Headers, bytes (all of them if `whole`), and what to do."""
    letter = listed.letter
    where = f"{DEAD_LETTERS}, partition {letter.partition}, offset {letter.offset}"
    replayed = "no" if listed.replayed_at is None else _short(listed.replayed_at)
    told = [*texts(record.headers).items(), ("times refused", str(listed.times))]
    told += [("replayed", replayed), ("stands in", where)]
    yield from columns([(printable(name), printable(text)) for name, text in told])
    yield ""
    yield from _content(record.value or b"", whole)
    yield ""
    yield "What to do:"
    for sentence in advice(letter):
        yield f"  {printable(sentence)}"


def _content(value: bytes, whole: bool) -> Iterator[str]:
    shown = value if whole else value[:SHOWN_BYTES]
    more = "" if len(shown) == len(value) else f", the first {len(shown):,} (--whole shows all)"
    yield f"Content ({len(value):,} bytes{more}):"
    # A cut may go through a letter; that must not turn a text into a hex dump.
    if len(shown) < len(value):
        shown = _whole_letters(shown)
    for line in legible(shown):
        yield f"  {line}"


def _whole_letters(raw: bytes) -> bytes:
    """Without the first bytes of a UTF-8 letter at the end, if that is what they are."""
    for back in range(1, min(4, len(raw)) + 1):
        if raw[-back] >= 0xC0:
            needed = 2 if raw[-back] < 0xE0 else 3 if raw[-back] < 0xF0 else 4
            return raw[:-back] if back < needed else raw
    return raw


def _row(listed: Listed) -> tuple[str, ...]:
    letter = listed.letter
    replayed = "" if listed.replayed_at is None else _short(listed.replayed_at)
    detail = shortened(printable(letter.detail), DETAIL_WIDTH)
    return _short(letter.at), printable(letter.reason), printable(letter.source), replayed, detail


def _object(listed: Listed) -> dict[str, object]:
    letter, replayed = listed.letter, listed.replayed_at
    return {
        "source": letter.source,
        "reason": letter.reason,
        "detail": letter.detail,
        "at": letter.at.isoformat(),
        "length": letter.length,
        "kept": letter.size,
        "replayable": letter.replayable,
        "replayed_at": None if replayed is None else replayed.isoformat(),
        "times": listed.times,
        "partition": letter.partition,
        "offset": letter.offset,
    }


def _short(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%SZ")
