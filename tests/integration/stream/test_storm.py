"""Two workers killed, stopped and frozen under load; tests/stream/storm.py for longer storms."""

from pathlib import Path

from tests.stream.fleet import Strike
from tests.stream.storm import Weather, storm

WEATHER = Weather(
    seed=34,  # its first three strikes are one of each
    events=100_000,
    session_s=3.0,
    strikes=(Strike.KILL, Strike.STOP, Strike.FREEZE),
    between_s=(2.0, 3.0),
)


async def test_a_storm_loses_doubles_and_disorders_nothing(kafka: str, tmp_path: Path) -> None:
    report = await storm(kafka, WEATHER, tmp_path)
    assert report.verdict.events == WEATHER.events
    assert report.holds, report
    assert report.strikes >= 3
