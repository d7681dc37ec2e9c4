"""Once a second: what the parts only know as absolute figures, into the metrics."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.bridge.bridge import Bridge
from orchestrator.core.actions import Service
from orchestrator.delivery.desk import Desk
from orchestrator.delivery.reach import Reach
from orchestrator.gauges import Gauges
from orchestrator.history.keeper import Keeper
from orchestrator.observability.metrics import Metrics
from orchestrator.read_model.following import Following
from orchestrator.stream.app import StreamApp
from orchestrator.trial.watch import Watch

PERIOD_S = 1.0
LOOP_LOOK_S = 0.25


@dataclass(frozen=True)
class Feed:
    """What is asked, and where it is put."""

    metrics: Metrics
    gauges: Gauges
    app: StreamApp
    bridge: Bridge
    desks: Mapping[Service, Desk]
    reach: Mapping[Service, Reach]
    cluster: Following
    keeper: Keeper
    watch: Watch

    async def run(self) -> None:
        """Ask, for ever; stop the worker if a lane has died."""
        failure = asyncio.ensure_future(self.bridge.failure())
        try:
            while True:
                await asyncio.wait({failure}, timeout=PERIOD_S)
                self._ask()
                if failure.done() and (error := failure.exception()) is not None:
                    await self.app.crash(error)
                    return
        finally:
            failure.cancel()

    async def watch_loop(self) -> None:
        """Measure, for ever, how late a task gets its turn."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LOOP_LOOK_S
            await asyncio.sleep(LOOP_LOOK_S)
            self.metrics.event_loop_delay.observe(max(0.0, loop.time() - due))

    def _ask(self) -> None:
        self.gauges.take_lanes(self.bridge.snapshot())
        self.gauges.take_lags(self.app.lags())
        for service, desk in self.desks.items():
            self.gauges.take_standing(service, desk.standing())
            self.metrics.service_up.labels(service).set(self.reach[service].trouble is None)
        totals, pulse = self.cluster.totals, self.cluster.pulse
        self.gauges.take_letters(totals.dead_letters())
        self.gauges.take_trials(self.cluster.trials)
        self.metrics.canary_unwatched.set(self.watch.unwatched_s())
        self.metrics.policies_in_force.set(len(totals.versions()))
        self.metrics.events_in_flight.set(max(0, pulse.end() - totals.decided().offset))
        self.metrics.kafka_up.set(pulse.trouble() is None)
        self.metrics.is_initialized.set(self.app.is_open())
        self.metrics.history_up.set(self.keeper.trouble() is None)
        if (progress := self.keeper.progress) is not None:
            self.metrics.history_behind.set(progress.behind)
        self.metrics.restore_remaining.set(self.app.restore_remaining)
