"""An outage is said once, and its end."""

from structlog.testing import capture_logs

from orchestrator.bridge.outage import Outage


def test_a_long_outage_is_one_warning_and_one_all_clear() -> None:
    seconds = iter([10.0, 73.5])
    with capture_logs() as logs:
        outage = Outage("s", lambda: next(seconds))
        for attempt in range(5):
            outage.begin("redis", ConnectionError(f"refused {attempt}"))
        detail = outage.detail
        outage.over()
        outage.over()
    assert [(each["event"], each.get("after_seconds")) for each in logs] == [
        ("lane degraded", None),
        ("lane recovered", 63.5),
    ]
    assert detail == "redis: refused 4"
    assert outage.detail == ""


def test_another_thing_going_meanwhile_is_said_too() -> None:
    with capture_logs() as logs:
        outage = Outage("s", lambda: 0.0)
        outage.begin("kafka", TimeoutError())
        outage.begin("redis", ConnectionError("refused"))
    assert [each["of"] for each in logs] == ["kafka", "redis"]
    assert logs[0]["detail"] == "kafka: TimeoutError"
