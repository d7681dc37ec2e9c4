"""The log: JSON lines, without secrets, of ours and of the libraries."""

import io
import json
import logging
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from orchestrator.clock import FixedClock
from orchestrator.observability.logs import AUDIT, NOISY, configure_logging

NOON = FixedClock(datetime(2026, 1, 2, 12, tzinfo=UTC))

WITH_LEVELS = (*NOISY, AUDIT)
Lines = Callable[[], list[dict[str, Any]]]


class Log:
    """What was logged, read back."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def configure(self, level: str = "INFO", secrets: tuple[str, ...] = ()) -> None:
        configure_logging(level, NOON, secrets, self.stream)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    @property
    def events(self) -> list[str]:
        return [line["event"] for line in self.lines]


@pytest.fixture
def log() -> Iterator[Log]:
    root = logging.getLogger()
    before = (
        root.handlers[:],
        root.level,
        {name: logging.getLogger(name).level for name in WITH_LEVELS},
    )
    root.handlers.clear()  # so that they are not closed by being replaced
    yield Log()
    root.handlers[:], levels = before[0], before[2]
    root.setLevel(before[1])
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def test_a_line_is_one_json_object_with_the_injected_time(log: Log) -> None:
    log.configure()
    structlog.stdlib.get_logger("orchestrator.bridge").info("lane opened", stream="a", at=3)
    assert log.lines == [
        {
            "timestamp": "2026-01-02T12:00:00.000+00:00",
            "level": "info",
            "logger": "orchestrator.bridge",
            "event": "lane opened",
            "stream": "a",
            "at": 3,
        }
    ]


def test_the_standard_librarys_loggers_speak_the_same(log: Log) -> None:
    log.configure()
    logging.getLogger("somebody").warning("%s of %d\nlines", "two", 2)
    (line,) = log.lines
    assert line["event"] == "two of 2\nlines"
    assert (line["level"], line["logger"]) == ("warning", "somebody")


def test_an_exception_is_a_field_of_its_line(log: Log) -> None:
    log.configure()
    try:
        raise LookupError("nobody")
    except LookupError:
        structlog.stdlib.get_logger().exception("it went wrong")
        logging.getLogger("somebody").exception("it did")
    for line in log.lines:
        assert "LookupError: nobody" in line["exception"]


def test_a_python_warning_is_logged(log: Log) -> None:
    log.configure()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("old ways", stacklevel=1)
    assert "old ways" in log.events[0]
    assert log.lines[0]["logger"] == "py.warnings"


@pytest.mark.parametrize(
    ("level", "ours", "theirs"),
    [
        ("DEBUG", {"debug", "info", "warning", "error"}, {"info", "warning", "error"}),
        ("INFO", {"info", "warning", "error"}, {"warning", "error"}),
        ("WARNING", {"warning", "error"}, {"warning", "error"}),
        ("ERROR", {"error"}, {"error"}),
    ],
)
def test_the_level_holds_and_noisy_libraries_speak_one_up(
    log: Log, level: str, ours: set[str], theirs: set[str]
) -> None:
    log.configure(level)
    for severity in ("debug", "info", "warning", "error"):
        getattr(structlog.stdlib.get_logger("orchestrator.x"), severity)("ours")
        getattr(logging.getLogger("httpx"), severity)("theirs")
    assert {line["level"] for line in log.lines if line["event"] == "ours"} == ours
    assert {line["level"] for line in log.lines if line["event"] == "theirs"} == theirs


def test_no_secret_is_shown_wherever_it_stands(log: Log) -> None:
    log.configure(secrets=("s3cret", 'quo"te', ""))
    logger = structlog.stdlib.get_logger()
    logger.info("with s3cret", field="s3cret", nested={"deep": ["xs3crety"]}, other='a quo"te')
    logging.getLogger("somebody").error("Bearer %s", "s3cret")
    try:
        raise ValueError("s3cret")
    except ValueError:
        logger.exception("failed")
    text = log.stream.getvalue()
    assert len(log.lines) == 3
    assert "s3cret" not in text
    assert "quo" not in text


def test_a_password_in_a_url_is_masked_though_nobody_told(log: Log) -> None:
    log.configure()
    structlog.stdlib.get_logger().info("to redis://user:pw@host:1/0", url="kafka://:pw@other")
    assert log.lines[0]["event"] == "to redis://***@host:1/0"
    assert log.lines[0]["url"] == "kafka://***@other"


def test_configuring_again_replaces_and_does_not_double(log: Log) -> None:
    log.configure("ERROR")
    log.configure("INFO")
    logging.getLogger("somebody").info("once")
    assert log.events == ["once"]


def test_what_json_does_not_know_is_shown_as_text(log: Log) -> None:
    log.configure()
    structlog.stdlib.get_logger().info("x", when=NOON.now())
    assert log.lines[0]["when"] == "2026-01-02 12:00:00+00:00"


def test_what_has_to_be_on_record_is_written_at_every_level(log: Log) -> None:
    log.configure("ERROR")
    structlog.stdlib.get_logger(AUDIT).info("access", caller="page")
    structlog.stdlib.get_logger("orchestrator.web").info("not this")
    assert log.events == ["access"]
    assert log.lines[0]["logger"] == "audit"
