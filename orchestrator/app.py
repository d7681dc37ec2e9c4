"""The composition root: one worker, from its settings to its last offset. Nothing else wires."""

import asyncio
import socket
import time
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from importlib.metadata import version
from random import SystemRandom
from typing import Any

import structlog

from agents.count import dead_letters_agent, outcomes_agent
from agents.decide import decide_agent
from agents.deliver import DeliveryStore, DeskClaim, deliver_agent
from orchestrator import collector
from orchestrator.bridge.bridge import Bridge
from orchestrator.bridge.claim import LaneClaim
from orchestrator.bridge.flood import FloodLimit
from orchestrator.clock import Clock, SystemClock
from orchestrator.core.actions import Service
from orchestrator.core.policy import Policy
from orchestrator.core.policy_records import PolicyText
from orchestrator.counting import Counting
from orchestrator.dead_letters.answering import DeadLetters
from orchestrator.delivery.attempts import Attempts
from orchestrator.delivery.breaker import Breaker
from orchestrator.delivery.client import ServiceClient
from orchestrator.delivery.desk import Desk
from orchestrator.delivery.observer import Observer, Several
from orchestrator.delivery.reach import Reach
from orchestrator.delivery.reports import Reports
from orchestrator.dialects.reading import Limits
from orchestrator.feed import Feed
from orchestrator.gauges import Gauges
from orchestrator.history.folder import FILE, folder_of
from orchestrator.history.keeper import Keeper
from orchestrator.history.reader import HistoryReader
from orchestrator.observability.metrics import Metrics
from orchestrator.observability.stuck.detector import StuckDetector
from orchestrator.peers import clients_of, rules_of, targets_of
from orchestrator.places import places_of
from orchestrator.plan import ensure_all_topics, kafka_security, kafka_settings, read_policy_text
from orchestrator.read_model.ahead import ACTION_TOPICS
from orchestrator.read_model.following import Following
from orchestrator.read_model.learners import OwnLearners, PartitionPolicies
from orchestrator.settings import Settings
from orchestrator.settings.combinations import redis_files
from orchestrator.stream.app import StreamApp
from orchestrator.stream.run import serve
from orchestrator.topics import (
    ACTIONS_LEARNER,
    EVENTS,
    LANES,
)
from orchestrator.tracing.worker import traces_of
from orchestrator.trial.proposals import Proposals
from orchestrator.trial.watch import Watch
from orchestrator.web.access.rules import Rules
from orchestrator.web.figures import Figures
from orchestrator.web.overview.source import Overview
from orchestrator.web.relay import Relay
from orchestrator.web.routes import Sources, mount
from orchestrator.web.trigger_source import KafkaTrigger
from orchestrator.web.vitals import Vitals
from tables.deliveries import deliveries
from tables.learner_state import learner_state
from tables.statistics import statistics

log = structlog.stdlib.get_logger(__name__)

VERSION = version("aivo-orchestrator")


async def run_worker(settings: Settings) -> int:
    """Run one member of the cluster until it is told to stop; returns the exit code.

    Waits for Kafka as long as it takes. Raises InvalidPolicy, TopicMismatch, KafkaRefused or
    InvalidSettings before anything is read.
    """
    text = read_policy_text(settings.policy_file, settings.messages_file)
    policy = text.load()
    await ensure_all_topics(settings)
    clock = SystemClock(timedelta(seconds=settings.clock_offset))
    async with AsyncExitStack() as stack:
        clients = {
            service: await stack.enter_async_context(client)
            for service, client in clients_of(settings, clock).items()
        }
        log.info(
            "worker starts",
            version=VERSION,
            application_id=settings.application_id,
            guarantee=settings.processing_guarantee,
            partitions=settings.topic_partitions,
            policy_file_version=policy.version,
            traces=settings.otel_exporter_otlp_endpoint is not None,
        )
        worker = Worker(settings, text, policy, clients, clock)
        await stack.enter_async_context(worker)
        return await serve(worker.app)


class Worker:
    """The parts of one worker."""

    def __init__(
        self,
        settings: Settings,
        text: PolicyText,
        policy: Policy,
        clients: Mapping[Service, ServiceClient],
        clock: Clock,
    ) -> None:
        self._partitions = settings.topic_partitions
        self._stuck_after_s = settings.stuck_after_seconds
        self._text, self._policy = text, policy
        self._metrics = Metrics()
        self._metrics.build_info.labels(VERSION, settings.processing_guarantee).set(1)
        self._counting = Counting(self._metrics, SystemClock())
        self._gauges = Gauges(self._metrics, SystemClock())
        self._cluster = Following(
            kafka_settings(settings),
            settings.application_id,
            settings.topic_partitions,
            clock=clock,
            on_ledger=self._gauges.take_ledger,
        )
        own_url = settings.own_url(socket.gethostname())
        self._traces = traces_of(settings, VERSION, own_url)
        token = settings.cluster_token.get_secret_value() if settings.cluster_token else None
        self._relay = Relay(own_url, token)
        self._keeper = Keeper(settings)
        self._history = HistoryReader(folder_of(settings) / FILE, clock)
        self.app = self._new_app(settings, own_url)
        self._proposals = Proposals(settings, clock)
        self._watch = Watch(
            settings,
            self._cluster.trials,
            lambda: self.app.sender,
            is_owner=lambda: self.app.holds(EVENTS, 0),
            on_breach=self._proposals.undo,
            on_over=self._proposals.note_end,
        )
        self._states = learner_state(self.app)
        self._bridge = self._new_bridge(settings, clock)
        self._reach = {
            service: Reach(service, url) for service, (url, _) in targets_of(settings).items()
        }
        self._agents(clients, clock)
        self._dead_letters = DeadLetters(
            kafka_settings(settings),
            self.app.sender,
            clock=clock,
            default_tenant=settings.default_tenant_id,
        )
        self._views(clients, clock, rules_of(settings, token))
        self._running: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Worker":
        self._detector = StuckDetector(
            asyncio.get_running_loop(),
            self._stuck_after_s,
            lambda: places_of(self.app.progress(), self._desks),
        )
        self._detector.start()
        await self._cluster.start(self._text, self._policy)
        await self._proposals.make(self._cluster)
        feed = Feed(
            self._metrics,
            self._gauges,
            self.app,
            self._bridge,
            self._desks,
            self._reach,
            self._cluster,
            self._keeper,
            self._watch,
        )
        self._running = [
            asyncio.create_task(self._or_crash(feed.run()), name="metrics feed"),
            asyncio.create_task(feed.watch_loop(), name="event loop's delay"),
            asyncio.create_task(self._or_crash(self._cluster.read_back()), name="read back"),
            asyncio.create_task(self._or_crash(self._cluster.ledger.run()), name="ledger"),
            asyncio.create_task(self._keeper.run(), name="history"),
            asyncio.create_task(self._or_crash(self._watch.run()), name="trials"),
            asyncio.create_task(collector.settle(self.app.is_open), name="collector"),
            *(asyncio.create_task(self._or_crash(d.run())) for d in self._desks.values()),
            *(asyncio.create_task(reach.run()) for reach in self._reach.values()),
        ]
        return self

    async def __aexit__(self, *reason: object) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._bridge.stop()
        await self._relay.stop()
        await self._history.close()
        await self._cluster.stop()
        if self._traces is not None:
            await self._traces.close()
        self._detector.stop()

    def _new_app(self, settings: Settings, own_url: str) -> StreamApp:
        return StreamApp(
            settings.application_id,
            bootstrap_servers=settings.kafka_bootstrap_servers,
            security=kafka_security(settings),
            session_timeout_s=settings.kafka_session_timeout,
            group_instance_id=settings.group_instance_id,
            address=own_url,
            guarantee=settings.processing_guarantee,
            observer=self._counting,
            version=1,
            web_enabled=True,
            web_bind=settings.web_bind,
            web_port=settings.port,
            web_tables_enabled=False,
            web_router_enabled=False,
            web_stats_enabled=False,
        )

    def _new_bridge(self, settings: Settings, clock: Clock) -> Bridge:
        entrance = self._policy.event
        bridge = Bridge(
            redis_url=settings.redis_url,
            redis_tls=redis_files(settings),
            streams=settings.event_streams,
            sender=self.app.sender,
            clock=clock,
            default_tenant=settings.default_tenant_id,
            flood_limit=FloodLimit(
                settings.flood_share, settings.flood_minimum, settings.flood_run
            ),
            limits=Limits(entrance.entry_bytes, timedelta(microseconds=entrance.future_limit)),
            observer=self._counting,
            traces=self._traces.entrance if self._traces else None,
        )
        self.app.claim(LANES, LaneClaim(bridge))
        return bridge

    def _agents(self, clients: Mapping[Service, ServiceClient], clock: Clock) -> None:
        figures = statistics(self.app)
        decide_agent(
            self.app,
            learner_state=self._states,
            statistics=figures,
            policies=self._cluster.policies,
            clock=clock,
            observer=self._counting,
            partitions=self._partitions,
            traces=self._traces.decide if self._traces else None,
        )
        self._desks = self._new_desks(clients, clock)
        tracing = self._traces.delivery if self._traces else None
        for topic, service in ACTION_TOPICS.items():
            deliver_agent(self.app, topic, desk=self._desks[service], clock=clock, traces=tracing)
        # Partitions of one number go together, so one actions topic tells of all three.
        claim = DeskClaim(list(self._desks.values()), self._store)
        self.app.claim(ACTIONS_LEARNER, claim, read=True)
        outcomes_agent(self.app, figures, clock)
        dead_letters_agent(self.app, figures)

    def _new_desks(
        self, clients: Mapping[Service, ServiceClient], clock: Clock
    ) -> dict[Service, Desk]:
        self._store = DeliveryStore(self.app, deliveries(self.app))
        random = SystemRandom()
        traces = self._traces.delivery if self._traces else None
        desks = {}
        for service, client in clients.items():
            attempts = Attempts(
                client,
                breaker=Breaker(time.monotonic, random),
                clock=clock,
                observer=self._observer(),
                random=random,
                traces=traces,
            )
            desks[service] = Desk(attempts, self._store, clock=clock, may_call=self.app.is_current)
        return desks

    def _observer(self) -> Observer:
        """Of deliveries; what is reported of an action comes before its trace is forgotten."""
        if self._traces is None:
            return Several(self._counting, Reports())
        traces = self._traces.delivery
        return Several(self._counting, Reports(traces.fields), traces)

    def _views(self, clients: Mapping[Service, ServiceClient], clock: Clock, rules: Rules) -> None:
        vitals = Vitals(
            self.app,
            bridge=self._bridge,
            clients=clients,
            reach=self._reach,
            pulse=self._cluster.pulse,
            policies=self._cluster.totals.policies,
            history=self._keeper.trouble,
            trials=self._watch.trouble,
            monotonic=time.monotonic,
        )
        figures = Figures(
            self.app,
            totals=self._cluster.totals,
            trials=self._cluster.trials,
            pulse=self._cluster.pulse,
            clock=clock,
        )
        policies = PartitionPolicies(self._states, self._cluster.policies)
        tracing = self._traces.trigger if self._traces else None
        sources = Sources(
            health=vitals,
            statistics=figures,
            ledger=self._cluster.ledger,
            trigger=KafkaTrigger(self.app.sender, self._cluster.board, tracing),
            bodies=self._cluster.bodies,
            history=self._history,
            learners=OwnLearners(self.app, self._states, policies, self._partitions),
            dead_letters=self._dead_letters,
            relay=self._relay,
            metrics=self._metrics,
            overview=Overview(
                self.app,
                bridge=self._bridge,
                desks=self._desks,
                clients=clients,
                totals=self._cluster.totals,
                pulse=self._cluster.pulse,
                metrics=self._metrics,
                clock=clock,
            ),
        )
        web = mount(self.app, sources, clock=clock, version=VERSION, rules=rules)
        if tracing is not None:
            web.web_app.middlewares.append(tracing.middleware())

    async def _or_crash(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - a desk that stands still is found by nobody
            await self.app.crash(error)
