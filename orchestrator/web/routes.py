"""The one list of routes, and their wiring."""

from typing import NamedTuple

import faust

from orchestrator.clock import Clock
from orchestrator.observability.metrics import Metrics
from orchestrator.web.access.rules import Rules
from orchestrator.web.answers import ApiView
from orchestrator.web.docs_page.view import DocsView
from orchestrator.web.dry_run import DryRun
from orchestrator.web.erasure_view import ErasureView
from orchestrator.web.history_views import ActionsView, EventsView
from orchestrator.web.ledger_view import LedgerView
from orchestrator.web.letter_views import DeadLettersView, ReplayView
from orchestrator.web.openapi import openapi
from orchestrator.web.openapi_view import OpenApiView
from orchestrator.web.overview.view import OverviewSource, OverviewView
from orchestrator.web.owner import OwnersAnswer
from orchestrator.web.page.view import PageView
from orchestrator.web.ports import (
    DeadLetterSource,
    FirstBodies,
    HealthSource,
    History,
    Learners,
    LedgerSource,
    StatisticsSource,
    Trigger,
)
from orchestrator.web.relay import Relay
from orchestrator.web.server import Web
from orchestrator.web.state_view import StateView
from orchestrator.web.status_views import (
    HealthView,
    LiveView,
    MetricsView,
    ReadyView,
    StatisticsView,
)
from orchestrator.web.trigger_view import TriggerView
from orchestrator.web.why_view import WhyView

VIEWS: tuple[type[ApiView], ...] = (
    TriggerView,
    StateView,
    WhyView,
    ErasureView,
    EventsView,
    ActionsView,
    DeadLettersView,
    ReplayView,
    HealthView,
    LiveView,
    ReadyView,
    StatisticsView,
    LedgerView,
    OverviewView,
    PageView,
    MetricsView,
    OpenApiView,
    DocsView,
)
"""All of them, in the order in which the document and its page show them."""


class Sources(NamedTuple):
    """What the views ask; the composition root implements each."""

    health: HealthSource
    statistics: StatisticsSource
    ledger: LedgerSource
    trigger: Trigger
    bodies: FirstBodies
    learners: Learners
    history: History
    dead_letters: DeadLetterSource
    relay: Relay
    metrics: Metrics
    overview: OverviewSource


def mount(app: faust.App, sources: Sources, *, clock: Clock, version: str, rules: Rules) -> Web:
    """Give `app` our web server with all our routes. Call it once, before anything uses app.web.

    `rules`: who may ask what.
    """
    server = Web(app, rules)
    for view in _views(app, server, sources, clock, version):
        server.route(view.view_path, view)
        server.views[view.view_path] = view
        server.reverse_names[view.view_name] = view.view_path
    app.web = server
    return server


def _views(
    app: faust.App, server: Web, sources: Sources, clock: Clock, version: str
) -> list[ApiView]:
    document = openapi(VIEWS, version)
    owners = OwnersAnswer(sources.learners, sources.relay)
    return [
        HealthView(app, server, source=sources.health, clock=clock, version=version),
        LiveView(app, server, source=sources.health),
        ReadyView(app, server, source=sources.health),
        StatisticsView(app, server, source=sources.statistics, history=sources.history),
        LedgerView(app, server, source=sources.ledger),
        MetricsView(app, server, registry=sources.metrics.registry),
        OverviewView(app, server, source=sources.overview),
        PageView(app, server),
        StateView(app, server, owners=owners),
        WhyView(app, server, owners=owners, history=sources.history),
        EventsView(app, server, history=sources.history),
        ActionsView(app, server, history=sources.history),
        DeadLettersView(app, server, source=sources.dead_letters),
        ReplayView(app, server, source=sources.dead_letters),
        ErasureView(app, server, trigger=sources.trigger, clock=clock),
        TriggerView(
            app,
            server,
            trigger=sources.trigger,
            bodies=sources.bodies,
            dry_run=DryRun(owners),
            clock=clock,
        ),
        OpenApiView(app, server, document=document),
        DocsView(app, server, document=document),
    ]
