"""Which dead letters there are: one a source, replayed or not."""

from datetime import timedelta

import pytest

from orchestrator.core.refusals import Refusal
from orchestrator.dead_letters.catalogue import Catalogue, Listed, Wanted
from orchestrator.dead_letters.replay_run import open_ones
from tests.unit.dead_letters.samples import NOON, KafkaRecord, letter_of, mark, refused

HOUR = timedelta(hours=1)


def listed(records: list[KafkaRecord], wanted: Wanted | None = None) -> list[Listed]:
    catalogue = Catalogue(wanted or Wanted())
    catalogue.take(records[:1])
    catalogue.take(records[1:])
    newest = catalogue.newest_first()
    assert catalogue.oldest_first() == newest[::-1]
    return newest


def test_the_newest_stand_first() -> None:
    records = [refused(source=f"redis:s:{n}-0", at=NOON + n * HOUR) for n in (1, 3, 2)]
    sources = [each.letter.source for each in listed(records)]
    assert sources == ["redis:s:3-0", "redis:s:2-0", "redis:s:1-0"]


def test_a_source_that_was_refused_twice_stands_there_once() -> None:
    (only,) = listed([refused(offset=4), refused(offset=8, at=NOON + HOUR)])
    assert (only.times, only.letter.offset, only.replayed_at) == (2, 8, None)


def test_a_replayed_one_says_when_and_is_no_longer_open() -> None:
    record = refused()
    found = listed([record, mark(record, NOON + HOUR, offset=1)])
    assert [each.replayed_at for each in found] == [NOON + HOUR]
    assert open_ones(found) == []


def test_one_that_is_refused_again_after_its_replay_is_open_again() -> None:
    record = refused()
    found = listed([record, mark(record, NOON + HOUR, offset=1), refused(offset=2)])
    assert [each.replayed_at for each in found] == [None]
    assert [letter.offset for letter in open_ones(found)] == [2]


def test_one_that_is_refused_again_before_its_replay_is_marked_is_open_again() -> None:
    record = refused()
    found = listed([record, refused(offset=1), mark(record, NOON + HOUR, offset=2)])
    assert [letter.offset for letter in open_ones(found)] == [1]


def test_a_mark_of_the_version_before_speaks_of_the_letter_before_it() -> None:
    record = refused(offset=4)
    made = mark(record, NOON + HOUR, offset=5)
    made.headers = tuple(each for each in made.headers if each[0] != "replayed-offset")
    assert open_ones(listed([record, made])) == []


def test_a_mark_whose_letter_is_too_old_to_be_there_is_no_letter() -> None:
    assert listed([mark(refused(), NOON, offset=1)]) == []


@pytest.mark.parametrize(
    ("wanted", "is_met"),
    [
        (Wanted(), True),
        (Wanted(reason="missing field"), True),
        (Wanted(reason="too large"), False),
        (Wanted(source="redis:aivo.events.sel:1767600000000-0"), True),
        (Wanted(source="redis:aivo.events.sel:"), False),
        (Wanted(source_prefix="redis:aivo.events.sel:"), True),
        (Wanted(source_prefix="kafka:"), False),
        (Wanted(since=NOON), True),
        (Wanted(since=NOON + timedelta(microseconds=1)), False),
        (Wanted(reason="missing field", source_prefix="kafka:"), False),
    ],
)
def test_all_that_is_asked_must_be_met(wanted: Wanted, is_met: bool) -> None:
    record = refused(reason=Refusal.MISSING_FIELD)
    assert wanted.is_met_by(letter_of(record)) is is_met
    assert len(listed([record], wanted)) == is_met
