"""What is said of streams that cannot be read."""

from orchestrator.bridge.health import LaneHealth, LaneStatus
from orchestrator.web.vitals import troubles_of


def lane(stream: str, detail: str) -> LaneHealth:
    return LaneHealth(stream=stream, status=LaneStatus.DEGRADED, detail=detail)


def test_a_trouble_that_all_have_is_said_once_with_the_streams_named() -> None:
    lanes = [lane(stream, "redis: connection refused") for stream in ("events.sel", "events.slp")]
    assert troubles_of(lanes) == "events.sel, events.slp: redis: connection refused"


def test_each_of_several_troubles_is_said() -> None:
    lanes = [
        lane("a", "redis: away"),
        lane("b", "12 entries are missing"),
        lane("c", "redis: away"),
    ]
    assert troubles_of(lanes) == "a, c: redis: away; b: 12 entries are missing"
