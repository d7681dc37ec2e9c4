"""A dead letter holds all that is needed to understand it, and to send it again."""

from datetime import UTC, datetime
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.dead_letters import KEPT_OF_LARGER, WHOLE_UP_TO, DeadLetter, dead_letter
from orchestrator.core.refusals import Refusal

AT = datetime(2025, 3, 1, 9, 0, 1, tzinfo=UTC)
SOURCE = "redis:aivo.events.sel:1-0"


def letter_of(raw: bytes, detail: str = "detail") -> DeadLetter:
    return dead_letter(raw, Refusal.MALFORMED_JSON, detail, SOURCE, AT)


def test_a_dead_letter_has_the_raw_bytes_and_says_why_and_whence() -> None:
    raw = b'{"type": '
    letter = letter_of(raw, "cut short")
    assert letter.key == SOURCE.encode()
    assert letter.value == raw
    assert dict(letter.headers) == {
        "reason": b"malformed json",
        "detail": b"cut short",
        "source": SOURCE.encode(),
        "length": b"9",
        "sha256": sha256(raw).hexdigest().encode(),
        "at": b"2025-03-01T09:00:01+00:00",
        "form": b"raw",
        "replayable": b"true",
    }


def test_up_to_the_entry_limit_all_of_it_is_kept() -> None:
    letter = letter_of(b"x" * WHOLE_UP_TO)
    assert len(letter.value) == WHOLE_UP_TO
    assert dict(letter.headers)["replayable"] == b"true"


def test_what_is_larger_is_cut_and_marked_as_not_replayable() -> None:
    raw = b"x" * (WHOLE_UP_TO + 1)
    letter = letter_of(raw)
    headers = dict(letter.headers)
    assert letter.value == raw[:KEPT_OF_LARGER]
    assert headers["replayable"] == b"false"
    assert headers["length"] == b"1000001"
    assert headers["sha256"] == sha256(raw).hexdigest().encode()


@given(st.binary(max_size=64), st.text(st.characters(categories=["L", "Cs", "Cc"])))
def test_any_bytes_and_any_detail_make_a_dead_letter(raw: bytes, detail: str) -> None:
    letter = letter_of(raw, detail)
    assert letter.value == raw
    assert dict(letter.headers)["detail"].decode() or not detail
