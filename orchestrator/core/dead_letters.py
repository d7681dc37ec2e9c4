"""Dead letters: what could not be taken, kept whole, with the reason and where it stood."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

WHOLE_UP_TO = 1_000_000
"""The entry limit in bytes: up to here a dead letter holds all of what was refused."""

KEPT_OF_LARGER = 64 * 1024
"""Bytes kept of what is larger: enough to see what it was, not enough to replay it."""

REPLAYED_AT = "replayed-at"
"""The header of a mark: a record with a letter's key that says when the letter was tried again."""

REPLAYED_OFFSET = "replayed-offset"
"""The header of a mark: where the letter stands that was tried again; one behind it is open."""

REPLAYED_FROM = "replayed-from"
"""Header of what a replay has sent: the source of its dead letter."""

ERASED_LEARNER = "erased-learner"
"""The header of a mark that a learner was erased: a hash of the learner's key.

No letter of the learner's that stands before it in its partition is to be shown or replayed.
"""

ERASED_SOURCE = "erased:"
"""What the source of such a mark starts with; the hash follows."""

ACTION_SOURCE = "action:"
"""What the source of a refused action starts with; its id follows."""


class DeadLetter(NamedTuple):
    """Key, value and headers of the record in `orchestrator.dead-letters`."""

    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


def dead_letter(
    raw: bytes,
    reason: str,
    detail: str,
    source: str,
    at: datetime,
    *,
    form: str = "raw",
    whole_up_to: int = WHOLE_UP_TO,
) -> DeadLetter:
    """The dead letter of `raw`, the bytes that were refused.

    `reason` is a Refusal; `source` is `redis:<stream>:<id>` or `kafka:<topic>:<partition>:<offset>`
    and the record's key; `form` says how a replay has to read the value (`raw`: as it stood;
    `fields`: a JSON object of an entry's fields). Headers: reason, detail, source, length (of the
    whole, in bytes), sha256 (of the whole, hex), at (RFC 3339), form, replayable (true or false).
    """
    whole = len(raw) <= whole_up_to
    headers = {
        "reason": str(reason),
        "detail": detail,
        "source": source,
        "length": str(len(raw)),
        "sha256": sha256(raw).hexdigest(),
        "at": at.isoformat(),
        "form": form,
        "replayable": "true" if whole else "false",
    }
    return DeadLetter(
        key=_bytes(source),
        value=raw if whole else raw[:KEPT_OF_LARGER],
        headers=tuple((name, _bytes(text)) for name, text in headers.items()),
    )


def erasure_mark(learner: bytes, at: datetime) -> DeadLetter:
    """The mark of an erasure; `learner` is the learner's key.

    It has the header of a replay's mark, too: by that it is known to be no letter.
    """
    hashed = learner_hash(learner)
    source = f"{ERASED_SOURCE}{hashed}"
    headers = {"source": source, REPLAYED_AT: at.isoformat(), ERASED_LEARNER: hashed}
    return DeadLetter(
        _bytes(source), b"", tuple((name, _bytes(text)) for name, text in headers.items())
    )


def learner_hash(key: bytes) -> str:
    """What stands for a learner in a mark: SHA-256 of the learner's key, in hex."""
    return sha256(key).hexdigest()


def is_replay(headers: Iterable[tuple[str, bytes]]) -> bool:
    """Whether a record was sent by a replay of a dead letter."""
    return any(name == REPLAYED_FROM for name, _ in headers)


def _bytes(text: str) -> bytes:
    # A detail may quote what was found, lone surrogates included; it must not fail here.
    return text.encode("utf-8", "backslashreplace")
