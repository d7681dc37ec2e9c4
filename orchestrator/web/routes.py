"""The one list of routes, and their wiring."""

import faust
from faust.web import View

from orchestrator.clock import Clock
from orchestrator.observability.metrics import Metrics
from orchestrator.web.ports import HealthSource, StatisticsSource, Trigger
from orchestrator.web.server import Web
from orchestrator.web.status_views import (
    HealthView,
    LiveView,
    MetricsView,
    ReadyView,
    StatisticsView,
)
from orchestrator.web.trigger_view import TriggerView


def mount(
    app: faust.App,
    *,
    health: HealthSource,
    statistics: StatisticsSource,
    trigger: Trigger,
    metrics: Metrics,
    clock: Clock,
    version: str,
) -> Web:
    """Give `app` our web server with all our routes. Call it once, before anything uses app.web."""
    server = Web(app)
    views: list[View] = [
        HealthView(app, server, source=health, clock=clock, version=version),
        LiveView(app, server, source=health),
        ReadyView(app, server, source=health),
        StatisticsView(app, server, source=statistics),
        MetricsView(app, server, registry=metrics.registry),
        TriggerView(app, server, trigger=trigger, clock=clock),
    ]
    for view in views:
        server.route(view.view_path, view)
        server.views[view.view_path] = view
        server.reverse_names[view.view_name] = view.view_path
    app.web = server
    return server
