"""How the worker is: /health and the two probes, /stats, /metrics."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from orchestrator.clock import Clock
from orchestrator.errors import HistoryUnavailable
from orchestrator.web.answers import ApiView, answer
from orchestrator.web.caller import Scope, caller_of
from orchestrator.web.frozen import Frozen
from orchestrator.web.history_views import unavailable
from orchestrator.web.operation import Answer, Operation
from orchestrator.web.ports import (
    Component,
    Components,
    HealthSource,
    History,
    Statistics,
    StatisticsSource,
    Status,
)
from orchestrator.web.tenant_figures import of_tenant


class Health(Frozen):
    """The answer of GET /health."""

    status: Status
    timestamp: datetime
    version: str
    components: Components


class HealthView(ApiView):
    """GET /health: all parts; 503 if events cannot be decided."""

    view_name = "health"
    view_path = "/health"
    scopes: ClassVar = {"GET": None}
    operations: ClassVar = {
        "GET": Operation(
            "How every part is, and why",
            "operations",
            {
                200: Answer(
                    "Events are decided; degraded: what a part lacks is waited for.", Health
                ),
                503: Answer("Events cannot be decided.", Health),
            },
        )
    }

    def __init__(self, *where: Any, source: HealthSource, clock: Clock, version: str) -> None:
        super().__init__(*where)
        self._source = source
        self._clock = clock
        self._version = version

    async def get(self, _request: web.Request) -> web.Response:
        """All parts and their sum."""
        report = self._source.health()
        health = Health(
            status=report.status,
            timestamp=self._clock.now(),
            version=self._version,
            components=report.components,
        )
        return answer(health, _code(report.status))


def _probe(summary: str, well: str, ill: str) -> Mapping[str, Operation]:
    answers = {
        200: Answer(f"{well.capitalize()}.", Component),
        503: Answer(f"{ill.capitalize()}.", Component),
    }
    return {"GET": Operation(summary, "operations", answers)}


class ProbeView(ApiView):
    """A probe: 200, or 503 when it is unhealthy."""

    scopes: ClassVar = {"GET": None}

    def __init__(self, *where: Any, source: HealthSource) -> None:
        super().__init__(*where)
        self._source = source

    async def get(self, _request: web.Request) -> web.Response:
        """The one part that the probe looks at."""
        part = self.part()
        return answer(part, _code(part.status))

    def part(self) -> Component:
        """What is looked at."""
        raise NotImplementedError


class LiveView(ProbeView):
    """GET /health/live: should the worker be restarted?"""

    view_name = "live"
    view_path = "/health/live"
    operations: ClassVar = _probe("Should the worker be restarted?", "no: it moves", "yes")

    def part(self) -> Component:
        """Whether the loop and the commits move."""
        return self._source.health().live


class ReadyView(ProbeView):
    """GET /health/ready: does the worker do its share?"""

    view_name = "ready"
    view_path = "/health/ready"
    operations: ClassVar = _probe("Does the worker do its share?", "it does", "not yet, or no more")

    def part(self) -> Component:
        """Whether the tables are restored and the worker is not draining."""
        return self._source.health().ready


class StatisticsView(ApiView):
    """GET /stats: the figures."""

    view_name = "stats"
    view_path = "/stats"
    scopes: ClassVar = {"GET": Scope.READ}
    operations: ClassVar = {
        "GET": Operation(
            "The figures of the whole cluster",
            "operations",
            {200: Answer("The same from each worker, within a second.", Statistics)},
            problems={503: "A tenant's figures are the history's, which cannot tell now."},
            description="received = processed + duplicates + late + dead_letters + in_flight. "
            "`processed` means decided, and `sent` and its like count decisions. Whoever is "
            "bound to a tenant sees its figures alone, as far as the history goes back.",
        )
    }

    def __init__(self, *where: Any, source: StatisticsSource, history: History) -> None:
        super().__init__(*where)
        self._source = source
        self._history = history

    async def get(self, request: web.Request) -> web.Response:
        """All figures, flat; those of the caller's tenant, if the caller is bound to one."""
        figures, tenant = self._source.statistics(), caller_of(request).tenant
        if tenant is None:
            return answer(figures)
        try:
            return answer(of_tenant(figures, await self._history.figures(tenant)))
        except HistoryUnavailable as error:
            raise unavailable(error) from error


class MetricsView(ApiView):
    """GET /metrics: Prometheus text, or OpenMetrics for who accepts it."""

    view_name = "metrics"
    view_path = "/metrics"
    scopes: ClassVar = {"GET": None}
    operations: ClassVar = {
        "GET": Operation(
            "The metrics of this worker",
            "operations",
            {200: Answer("Prometheus' text; OpenMetrics for who accepts it.", None, "text/plain")},
        )
    }

    def __init__(self, *where: Any, registry: CollectorRegistry) -> None:
        super().__init__(*where)
        self._registry = registry

    async def get(self, request: web.Request) -> web.Response:
        """All metrics, in the form that the Accept header asks for."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(self._registry), headers={"Content-Type": content_type})


def _code(status: Status) -> int:
    return 503 if status is Status.UNHEALTHY else 200
