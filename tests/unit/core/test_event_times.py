"""The times of an event: in which forms, and between which ends."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from orchestrator.core.event_codec import decode_event, encode_event
from orchestrator.core.refusals import Refusal
from tests.unit.core.canonical import decoded, refusal
from tests.unit.core.samples import START, event


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-04T09:00:00Z",
        "2024-03-04T10:00:00+01:00",
        "2024-03-04 09:00:00.000z",
        1709542800,
        1709542800.0,
        1709542800000,
    ],
)
def test_a_time_is_read_in_each_of_its_forms(text: object) -> None:
    seen = decoded(timestamp=text)

    assert seen.timestamp == START
    assert b'"timestamp":"2024-03-04T09:00:00Z"' in encode_event(seen)


def test_times_run_from_1970_to_9000() -> None:
    first = decoded(timestamp=0, received_at="1970-01-01T00:00:00Z")

    assert first.timestamp == first.received_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert decoded(timestamp="8999-12-31T23:59:59Z").timestamp.year == 8999
    assert refusal(received_at="9000-01-01T00:00:00Z")[1].startswith("received_at:")


def test_numbers_are_milliseconds_from_1e11_on() -> None:
    assert decoded(timestamp=1e11).timestamp == datetime(1973, 3, 3, 9, 46, 40, tzinfo=UTC)
    assert decoded(timestamp=1e11 - 1).timestamp.year == 5138


@pytest.mark.parametrize(
    "bad",
    [
        "2024-03-04T09:00:00",
        "2024-03-04",
        "yesterday",
        "1709542800",
        "1969-12-31T23:59:59Z",
        "9000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-05:00",
        "0001-01-01T00:00:00+23:00",
        -1,
        True,
        1e300,
        10**40,
        10**400,
        {},
    ],
)
def test_a_time_without_a_zone_or_out_of_range_is_refused(bad: object) -> None:
    reason, detail = refusal(timestamp=bad)

    assert reason == Refusal.INVALID_FIELD
    assert detail.startswith("timestamp:")


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_time_that_is_no_number_is_refused(bad: float) -> None:
    assert refusal(timestamp=bad)[0] == Refusal.INVALID_FIELD


def test_the_arrival_is_written_by_us_and_has_one_form() -> None:
    assert refusal(received_at=1709542800)[1].startswith("received_at:")
    assert refusal(received_at="9999-12-31T23:59:59Z")[1].startswith("received_at:")


def test_times_are_written_in_utc() -> None:
    east = START.astimezone(timezone(timedelta(hours=5)))
    for at, arrival in ((east, east), (START, east), (east, START)):
        seen = event("ENGAGEMENT_LOW", {}, at, received_at=arrival)

        raw = encode_event(seen)

        assert raw.count(b"2024-03-04T09:00:00Z") == 2
        assert decode_event(raw) == seen


def test_a_time_without_a_zone_cannot_be_written() -> None:
    naive = msgspec.structs.replace(
        event("ENGAGEMENT_LOW", {}),
        timestamp=datetime(2024, 3, 4, 9),  # noqa: DTZ001
    )

    with pytest.raises(TypeError):
        encode_event(naive)
