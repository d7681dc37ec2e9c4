"""One record more in the counters of its kind: by the agents, and by who looks ahead of them."""

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


def count_letter(counters: LetterCounters, record: RawRecord) -> bool:
    """Count a record of the dead letters; False for a repetition, or a mark of a replay."""
    headers = dict(record.headers)
    if REPLAYED_AT in headers:
        return False
    source, reason = headers.get("source") or b"", headers.get("reason") or UNREADABLE
    return counters.count_letter(record.offset, _text(source), _text(reason), EVENTS)


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")
