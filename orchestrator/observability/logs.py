"""Logs: one JSON object a line on stderr, ours and the libraries' alike, without secrets."""

import json
import logging
import re
import sys
from collections.abc import Iterable
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from orchestrator.clock import Clock

NOISY = ("aiokafka", "asyncio", "faust", "httpcore", "httpx", "kafka", "mode", "opentelemetry")
"""Libraries that tell at INFO what is of use to their authors; httpx every URL, with learners."""

AUDIT = "audit"
"""The logger of who has done what; see orchestrator/web/access/audit.py."""

MASK = "***"


def configure_logging(
    level: str, clock: Clock, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Send every log line of the process to `stream` (stderr) as JSON.

    `level` is a name of the logging module's; libraries that are noisy speak one level up, and the
    audit log at any level. Known `secrets` and passwords within URLs are masked wherever they
    stand. Calling it again replaces what was before.
    """
    shared = _shared_processors(clock)
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(MaskedFormatter(shared, secrets))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.captureWarnings(capture=True)
    _quieten(logging.getLevelName(level))
    logging.getLogger(AUDIT).setLevel(logging.INFO)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class MaskedFormatter(structlog.stdlib.ProcessorFormatter):
    """Masks secrets in the finished line, whatever field or traceback they came by."""

    def __init__(self, foreign_pre_chain: list[Processor], secrets: Iterable[str]) -> None:
        super().__init__(
            foreign_pre_chain=foreign_pre_chain,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
            ],
        )
        texts = {text for secret in secrets if secret for text in (secret, _as_json(secret))}
        longest_first = sorted(texts, key=len, reverse=True)
        self._secret = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        self._userinfo = re.compile(r"://[^/@\s\"]+@")

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line of JSON."""
        line = self._secret.sub(MASK, super().format(record))
        return self._userinfo.sub(f"://{MASK}@", line)


def _shared_processors(clock: Clock) -> list[Processor]:
    def at(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {"timestamp": clock.now().isoformat(timespec="milliseconds"), **event}

    return [
        at,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]


def _quieten(level: int) -> None:
    """Noisy libraries: WARNING at our INFO, INFO at our DEBUG."""
    for name in NOISY:
        logging.getLogger(name).setLevel(level + 10 if level < logging.WARNING else level)


def _as_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
