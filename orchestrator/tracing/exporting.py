"""Where spans go: to a collector, by OTLP over HTTP, in the background."""

import asyncio
import logging
import os
from threading import Thread
from typing import Any

from opentelemetry.trace import Tracer
from opentelemetry.util.re import parse_env_headers

from orchestrator.observability.sparse import SameLineSeldom

CLOSE_WITHIN_S = 1.0
"""How long a worker that stops waits for a collector; it has 10 s for everything."""

SERVICE = "aivo-orchestrator"

OUTAGE_LOGGERS = (
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.sdk._shared_internal",
)
"""Who says, some times a second, that a collector is away."""

logger = logging.getLogger(__name__)


class Exporting:
    """The tracer of one process, and what brings its spans to the collector."""

    def __init__(
        self, base_url: str, *, headers: str | None = None, version: str, instance: str
    ) -> None:
        """`base_url`: the collector's, to which `/v1/traces` is added.

        `headers`: what the collector asks for, `name=value,name=value`. `instance`: which of the
        workers this is. The standard variables say the rest (OTEL_TRACES_SAMPLER and the like).
        """
        # Imported here: some 20 MB for those only who trace.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        for name in OUTAGE_LOGGERS:
            logging.getLogger(name).addFilter(SameLineSeldom())
        exporter = OTLPSpanExporter(
            os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or f"{base_url}/v1/traces",
            headers=parse_env_headers(headers, liberal=True) if headers else None,
        )
        self._provider = TracerProvider(
            resource=_resource(version, instance), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self.tracer: Tracer = self._provider.get_tracer("orchestrator", version)

    async def close(self) -> None:
        """Send what is left, if the collector takes it at once."""
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def shut_down() -> None:
            self._provider.shutdown()
            if not loop.is_closed():
                loop.call_soon_threadsafe(done.set)

        # A daemon of its own: nobody waits for it when the process ends.
        Thread(target=shut_down, name="last spans", daemon=True).start()
        try:
            await asyncio.wait_for(done.wait(), CLOSE_WITHIN_S)
        except TimeoutError:
            logger.warning("the collector has not taken the last spans, they are lost")


def _resource(version: str, instance: str) -> Any:
    """Who sends the spans; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have the last word."""
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415

    ours = {
        "service.name": SERVICE,
        "service.version": version,
        "service.instance.id": instance,
    }
    return Resource.create({**ours, **OTELResourceDetector().detect().attributes})
