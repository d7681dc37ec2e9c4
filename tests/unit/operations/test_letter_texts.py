"""How dead letters are shown, and what is said of them."""

import json
from datetime import timedelta

import pytest

from orchestrator.core.refusals import Refusal
from orchestrator.dead_letters.catalogue import Listed
from orchestrator.operations.advice import ADVICE, OTHER, advice
from orchestrator.operations.letter_texts import as_json, as_table, in_full
from tests.unit.dead_letters.samples import NOON, SOURCE, KafkaRecord, letter_of, refused

HOSTILE = "redis:\x1b[2J:1-0"


def shown(record: KafkaRecord, whole: bool = False) -> str:
    return "\n".join(in_full(Listed(letter_of(record)), record, whole))


def test_the_table_has_a_line_each_below_its_headings() -> None:
    open_one = Listed(letter_of(refused()))
    replayed = Listed(letter_of(refused(source="redis:s:2-0")), NOON + timedelta(hours=1))
    headings, first, second = as_table([open_one, replayed])
    assert headings.split() == ["refused", "at", "reason", "source", "replayed", "detail"]
    assert first.split("  ")[:3] == ["2026-01-05 12:00:00Z", "missing field", SOURCE]
    assert first.endswith("type is missing")
    assert "2026-01-05 13:00:00Z" in second
    assert "13:00" not in first


def test_a_strangers_words_do_not_drive_the_terminal() -> None:
    record = refused(b"\x1b[2J", source=HOSTILE, detail="\x1b]0;pwned\x07")
    listed = Listed(letter_of(record))
    for text in ["".join(as_table([listed])), shown(record).replace("\n", "")]:
        assert text.isprintable()
        assert "\\x1b[2J" in text


def test_json_holds_all_that_is_known() -> None:
    (found,) = json.loads(as_json([Listed(letter_of(refused(offset=7)), NOON, times=2)]))
    assert found == {
        "source": SOURCE,
        "reason": "missing field",
        "detail": "type is missing",
        "at": "2026-01-05T12:00:00+00:00",
        "length": 2,
        "kept": 2,
        "replayable": True,
        "replayed_at": "2026-01-05T12:00:00+00:00",
        "times": 2,
        "partition": 0,
        "offset": 7,
    }


def test_one_in_full_has_every_header_its_text_and_what_to_do() -> None:
    record = refused(b'{"learner_id": "l"}', partition=3, offset=17)
    text = shown(record)
    for name, value in record.headers:
        assert name in text
        assert value.decode() in text
    assert 'Content (19 bytes):\n  {"learner_id": "l"}\n' in text
    assert "partition 3, offset 17" in text
    assert f"orchestrator dead-letters replay --source {SOURCE}" in text


def test_long_content_is_cut_between_letters_unless_all_is_wanted() -> None:
    record = refused(b"x" + "ä".encode() * 3_000)
    assert "the first 4,096" in shown(record)
    assert "x" + "ä" * 2_047 + "\n" in shown(record)
    assert "x" + "ä" * 3_000 + "\n" in shown(record, whole=True)


def test_bytes_that_are_no_text_are_shown_in_hex() -> None:
    assert "00000000  ff fe" in shown(refused(b"\xff\xfe"))


@pytest.mark.parametrize("reason", list(Refusal))
def test_every_reason_has_its_advice(reason: Refusal) -> None:
    assert advice(letter_of(refused(reason=reason)))[0] == ADVICE[reason]


def test_a_reason_of_another_version_is_said_to_be_one() -> None:
    assert advice(letter_of(refused(reason="moon phase")))[0] == OTHER


def test_the_advice_says_how_to_replay_or_why_not() -> None:
    assert "64 KB" not in advice(letter_of(refused()))[1]
    assert advice(letter_of(refused(source="action:a1")))[1].endswith(
        "--source action:a1 --actions"
    )
    cut = advice(letter_of(refused(b"x" * 70_000, whole_up_to=1)))[1]
    assert "cannot be replayed: 65,536 of its 70,000 bytes" in cut


def test_a_source_is_quoted_for_the_shell() -> None:
    assert advice(letter_of(refused(source="redis:a b:1-0")))[1].endswith("'redis:a b:1-0'")
