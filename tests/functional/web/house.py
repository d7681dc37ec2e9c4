"""The house behind the views, played by fakes of its ports, and the real server in front of it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import faust

from orchestrator.api_tokens import ApiToken
from orchestrator.clock import FixedClock
from orchestrator.core.events import Event
from orchestrator.core.state import LearnerState
from orchestrator.dead_letters.answering import LetterPage, Tried, Where
from orchestrator.dead_letters.catalogue import Listed, Place, Wanted, place_of
from orchestrator.dead_letters.replaying import Prepared
from orchestrator.errors import OwnershipLost
from orchestrator.history.rows import ActionRow, EventRow, Page, Query, TenantFigures
from orchestrator.observability.metrics import Metrics
from orchestrator.read_model.learners import Present
from orchestrator.read_model.ledger_watch import Seen
from orchestrator.stream.records import Record
from orchestrator.web.access.rules import Rules
from orchestrator.web.overview.shown import OverviewShown
from orchestrator.web.ports import (
    Component,
    Components,
    Decided,
    HealthReport,
    ServiceClients,
    Statistics,
    Status,
)
from orchestrator.web.relay import Relay
from orchestrator.web.routes import Sources, mount
from orchestrator.web.server import Web
from tests.unit.core.samples import POLICY

PARTITION = 3
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
AUDIT_KEY = "a-key-for-the-audit-log"
WELL = Component(status=Status.HEALTHY, detail="well")


def components(**parts: Status) -> Components:
    """All healthy but those that are given by name."""
    given = {name: Component(status=status, detail="as told") for name, status in parts.items()}
    clients = {name: given.pop(name, WELL) for name in ("learner_svc", "notification_svc")}
    rest = ("event_consumer", "orchestration_engine", "redis_connection", "kafka", "tables")
    return Components(
        service_clients=ServiceClients(**clients),
        **{name: given.get(name, WELL) for name in rest},
    )


STATISTICS = Statistics(
    total_events_received=10,
    total_events_processed=5,
    duplicates=2,
    late=1,
    dead_letters=1,
    events_in_flight=1,
    level_suggestions_sent=3,
    game_breaks_scheduled=2,
    sel_interventions_triggered=1,
    learning_path_updates=4,
    actions_delivered=6,
    actions_rejected=1,
    actions_expired=1,
    actions_superseded=0,
    actions_failed=0,
    actions_erased=0,
    actions_pending=2,
    active_learners=2,
    total_learners=3,
    is_initialized=True,
    uptime_seconds=12.5,
    last_event_processed_at=NOON,
    policy_version="p1",
    workers=2,
)

OVERVIEW = OverviewShown(
    as_of=NOON, url="http://here", workers=2, lanes=[], services=[], actions=[], partitions=[]
)


class FakeLetters:
    """The dead letters, as the test has arranged them; remembers what was asked."""

    def __init__(self) -> None:
        self.listed: list[Listed] = []
        self.fault: Exception | None = None
        self.wanted: list[Wanted] = []
        self.tried: list[tuple[Where, str | None, bool]] = []

    async def page(self, wanted: Wanted, limit: int, before: Place | None) -> LetterPage:
        if self.fault is not None:
            raise self.fault
        self.wanted.append(wanted)
        found = [each for each in self.listed if before is None or place_of(each.letter) < before]
        return LetterPage(found[:limit], len(found) > limit, complete=True)

    async def replay(self, where: Where, tenant: str | None, *, again: bool) -> Tried:
        self.tried.append((where, tenant, again))
        if self.fault is not None:
            raise self.fault
        (listed,) = [each for each in self.listed if each.letter.id == f"{where[0]}-{where[1]}"]
        sent = Prepared("orchestrator.events", Record(b"k", b"v"), "alert-1")
        return Tried(listed, sent, NOON)


class FakeHistory:
    """The history, as the test has arranged it; remembers what was asked."""

    def __init__(self) -> None:
        self.event_rows: list[EventRow] = []
        self.action_rows: list[ActionRow] = []
        self.total = 0
        self.asked: list[Query] = []
        self.of_tenants: dict[str, TenantFigures] = {}
        self.fault: Exception | None = None

    async def events(self, query: Query) -> Page[EventRow]:
        self._note(query)
        return Page(self.event_rows, self.total)

    async def actions(self, query: Query) -> Page[ActionRow]:
        self._note(query)
        return Page(self.action_rows, self.total)

    async def last_actions(
        self, tenant_id: str, learner_id: str, limit: int
    ) -> Sequence[ActionRow]:
        self._note(Query(tenant_id=tenant_id, learner_id=learner_id, limit=limit))
        return self.action_rows[:limit]

    async def figures(self, tenant_id: str) -> TenantFigures:
        if self.fault is not None:
            raise self.fault
        return self.of_tenants[tenant_id]

    def _note(self, query: Query) -> None:
        self.asked.append(query)
        if self.fault is not None:
            raise self.fault


class House:
    """What the views may ask, as the test has arranged it."""

    def __init__(self) -> None:
        self.report = HealthReport(components=components(), live=WELL, ready=WELL)
        self.figures = STATISTICS
        self.seen: Seen | None = None
        self.metrics = Metrics()
        self.clock = FixedClock(NOON)
        self.submitted: list[Event] = []
        self.hashes: list[str] = []
        self.waited: list[float] = []
        self.first_bodies: dict[tuple[str, str], str] = {}
        self.url = f"http://127.0.0.1:{free_port()}"
        self.cluster_token: str | None = None
        self.api_tokens: tuple[ApiToken, ...] = ()
        self.rate, self.burst = 1000.0, 1000
        self.audit_key: str | None = AUDIT_KEY
        self.answer_within = 2.0
        self.policy = POLICY
        self.states: dict[tuple[str, str], LearnerState] = {}
        self.elsewhere = False
        self.owner_url: str | None = None
        self.decided: Decided | None = Decided("decided", [], partition=3, offset=42)
        self.fault: Exception | None = None
        self.stuck = False
        self.asked = asyncio.Event()
        self.letters = FakeLetters()
        self.history = FakeHistory()

    def rules(self) -> Rules:
        return Rules(self.api_tokens, self.cluster_token, self.rate, self.burst, self.audit_key)

    def health(self) -> HealthReport:
        return self.report

    def overview(self) -> OverviewShown:
        return OVERVIEW

    def statistics(self) -> Statistics:
        return self.figures

    async def submit(self, event: Event, seconds: float, body_hash: str = "") -> Decided | None:
        if self.fault is not None:
            raise self.fault
        self.submitted.append(event)
        self.hashes.append(body_hash)
        self.waited.append(seconds)
        self.asked.set()
        if self.stuck:
            await asyncio.Event().wait()
        return self.decided

    def body_hash(self, tenant_id: str, event_id: str) -> str | None:
        return self.first_bodies.get((tenant_id, event_id))

    async def present(self, tenant_id: str, learner_id: str) -> Present:
        if self.elsewhere:
            raise OwnershipLost("not here")
        return Present(PARTITION, self.states.get((tenant_id, learner_id)), self.policy)

    def owner(self, _tenant_id: str, _learner_id: str) -> str | None:
        return self.owner_url


def mounted(app: faust.App, house: House, relay: Relay | None = None) -> Web:
    """Our web server on `app`, with the house behind it."""
    sources = Sources(
        health=house,
        statistics=house,
        ledger=house,
        trigger=house,
        bodies=house,
        learners=house,
        history=house.history,
        dead_letters=house.letters,
        relay=relay or Relay(house.url, house.cluster_token),
        metrics=house.metrics,
        overview=house,
    )
    return mount(app, sources, clock=house.clock, version="1.2.3", rules=house.rules())


@asynccontextmanager
async def served(house: House, **options: Any) -> AsyncIterator[aiohttp.ClientSession]:
    """The routes on Faust's own web service, without a broker; a client that knows the address."""
    asked: dict[str, Any] = {
        "web_bind": "127.0.0.1",
        "web_port": urlsplit(house.url).port,
        "store": "memory://",
    } | options
    app = faust.App("test", env={}, broker="kafka://127.0.0.1:1", **asked)
    relay = Relay(house.url, house.cluster_token, house.answer_within)
    server = mounted(app, house, relay)
    await server.start()
    try:
        async with aiohttp.ClientSession(house.url) as client:
            yield client
    finally:
        await server.stop()
        await relay.stop()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
