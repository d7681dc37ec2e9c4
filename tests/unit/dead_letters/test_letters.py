"""A record of the topic as an operator sees it."""

from datetime import timedelta

from orchestrator.core.refusals import Refusal
from orchestrator.dead_letters.letters import Letter, Replayed, mark_of, read_letter
from tests.unit.dead_letters.samples import NOON, SOURCE, KafkaRecord, letter_of, mark, refused


def test_a_dead_letter_is_read_from_its_headers() -> None:
    record = refused(b"{...", Refusal.MALFORMED_JSON, detail="at 1", partition=3, offset=17)
    assert read_letter(record) == Letter(
        source=SOURCE,
        reason="malformed json",
        detail="at 1",
        at=NOON,
        length=4,
        size=4,
        replayable=True,
        key=SOURCE.encode(),
        partition=3,
        offset=17,
    )


def test_a_cut_one_says_how_long_it_was_and_that_it_cannot_be_replayed() -> None:
    letter = letter_of(refused(b"x" * 100_000, whole_up_to=10))
    assert (letter.length, letter.size, letter.replayable) == (100_000, 64 * 1024, False)


def test_a_mark_is_known_by_its_header_and_bears_the_key_of_its_letter() -> None:
    record = refused()
    later = NOON + timedelta(hours=2)
    made = mark_of(letter_of(record), later)
    assert (made.key, made.value) == (record.key, None)
    assert read_letter(mark(record, later, offset=1)) == Replayed(SOURCE, later, 0, 0)


def test_a_source_that_is_no_text_names_the_same_letter_when_it_is_marked() -> None:
    record = refused(source="redis:\udcff:1-0")
    read = read_letter(mark(record, NOON, offset=1))
    assert read == Replayed(letter_of(record).source, NOON, 0, 0)


def test_whatever_else_has_got_into_the_topic_is_shown_too() -> None:
    stranger = KafkaRecord(b"some-key", b"bytes", (), partition=2, offset=9)
    letter = letter_of(stranger)
    assert (letter.source, letter.reason, letter.replayable) == ("some-key", "unreadable", False)
    assert (letter.at, letter.length) == (NOON, 5)
    nameless = letter_of(KafkaRecord(None, None, (("length", b"many"), ("at", b"noon")), 2, 9))
    assert nameless.source == "kafka:orchestrator.dead-letters:2:9"
    assert (nameless.at, nameless.length) == (NOON, 0)
