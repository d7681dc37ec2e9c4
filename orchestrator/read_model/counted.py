"""One record more in the counters of its kind: by the agents, and by who looks ahead of them."""

from typing import NamedTuple

from orchestrator.core.counters import LabelCounters
from orchestrator.core.dead_letters import REPLAYED_AT
from orchestrator.core.letter_counters import LetterCounters
from orchestrator.core.outcomes import ActionOutcome
from orchestrator.stream.records import RawRecord
from orchestrator.topics import EVENTS

UNREADABLE = b"unreadable"


def count_outcome(counters: LabelCounters, outcome: ActionOutcome) -> bool:
    """Count how an action ended; False if that has been counted."""
    return counters.count(outcome.serial, outcome.outcome, instead_of=outcome.replaces)


class Source(NamedTuple):
    """What a dead letter says of itself, as far as it is counted."""

    offset: int
    source: str
    reason: str


def source_of(record: RawRecord) -> Source | None:
    """What is counted of a record of the dead letters; None for the mark of a replay."""
    headers = dict(record.headers)
    if REPLAYED_AT in headers:
        return None
    source, reason = headers.get("source") or b"", headers.get("reason") or UNREADABLE
    return Source(record.offset, _text(source), _text(reason))


def count_letter(counters: LetterCounters, letter: Source) -> bool:
    """Count a dead letter; False for a repetition."""
    return counters.count_letter(letter.offset, letter.source, letter.reason, EVENTS)


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")
