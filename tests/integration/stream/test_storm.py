"""Two workers killed and stopped under load; tests/stream/storm.py for longer and worse ones."""

from pathlib import Path

from tests.stream.storm import Weather, storm

WEATHER = Weather(seed=7, events=90_000, between_s=(3.0, 4.0))


async def test_a_storm_loses_doubles_and_disorders_nothing(kafka: str, tmp_path: Path) -> None:
    report = await storm(kafka, WEATHER, tmp_path)
    assert report.verdict.events == WEATHER.events
    assert report.holds, report
    assert report.strikes >= 3
