"""What every worker follows of the cluster, beside the partitions that it owns."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import structlog

from orchestrator.clock import Clock, SystemClock
from orchestrator.core.ledger import Ledger
from orchestrator.core.policy import Policy
from orchestrator.core.policy_records import PolicyText, encode_policy_text
from orchestrator.read_model.bodies import REMEMBERED, FirstBodies, read_back_bodies
from orchestrator.read_model.ledger_reader import ledger_reader
from orchestrator.read_model.ledger_watch import LedgerWatch
from orchestrator.read_model.policies import KnownPolicies
from orchestrator.read_model.totals import Totals
from orchestrator.read_model.trials import KnownTrials
from orchestrator.read_model.waiting import DecisionBoard
from orchestrator.stream.producer import send_to
from orchestrator.stream.pulse import Pulse
from orchestrator.stream.records import RawRecord, Record
from orchestrator.stream.tail import Tail
from orchestrator.topics import DECISIONS, EVENTS, POLICIES, STATISTICS_CHANGELOG, TRIALS

log = structlog.get_logger(__name__)


GATHER_MS = 25
"""Figures and decisions may come so much later: a worker under load needs a tenth less for it."""


class Following:
    """Policies and their trials, figures, decisions, ledger, and the ends of the events.

    Contract: after `start` policies and trials are known, and the figures are the cluster's.
    """

    def __init__(
        self,
        kafka: Mapping[str, Any],
        group: str,
        partitions: int,
        *,
        clock: Clock,
        on_ledger: Callable[[Ledger], None],
    ) -> None:
        """`kafka`: what clients are constructed with; `group`: the cluster's."""
        self._kafka = kafka
        self._partitions = partitions
        self.policies = KnownPolicies()
        self.trials = KnownTrials()
        self.totals = Totals()
        self.board = DecisionBoard()
        self.bodies = FirstBodies(clock)
        self.pulse = Pulse(kafka, EVENTS, partitions)
        readers = partial(ledger_reader, kafka, group, self.totals.reading, partitions)
        self.ledger = LedgerWatch(readers, clock=clock, on_ledger=on_ledger)
        self._policy_tail = Tail(
            kafka, partitions=1, whole=[POLICIES, TRIALS], news=[], on_records=self._follow
        )
        self._tail = Tail(
            kafka,
            partitions=partitions,
            whole=[STATISTICS_CHANGELOG],
            news=[DECISIONS],
            on_records=self._follow,
            gather_ms=GATHER_MS,
        )

    async def start(self, text: PolicyText, policy: Policy) -> None:
        """Begin, with this worker's own policy at hand. Raises StreamError."""
        await self.pulse.start()
        await self._policy_tail.start()
        await self._propose(text, policy)
        await self._tail.start()

    async def stop(self) -> None:
        """End."""
        await self._tail.stop()
        await self._policy_tail.stop()
        await self.pulse.stop()

    async def read_back(self) -> None:
        """Learn the first bodies that were asked with, of the time before the start."""
        # Kafka stamps its records by the machine's clock.
        since = SystemClock().now() - REMEMBERED
        await read_back_bodies(self.bodies, self._kafka, self._partitions, since)

    async def _propose(self, text: PolicyText, policy: Policy) -> None:
        """A cluster without any policy begins with ours; else the one in force stands."""
        if not self.policies.known:
            record = Record(policy.version.encode(), encode_policy_text(text))
            await send_to(self._kafka, POLICIES, {0: record})
            await self.policies.wait_for(policy.version)
        elif policy.version not in self.policies.known:
            log.warning(
                "this worker's policy file is no policy of the cluster, which decides by its own; "
                "to propose it: orchestrator policy activate FILE",
                file=policy.version,
                cluster=list(self.policies.known),
            )

    def _follow(self, topic: str, _partition: int, records: list[RawRecord]) -> None:
        on_record = {
            DECISIONS: self._on_decisions,
            STATISTICS_CHANGELOG: self.totals.on_record,
            POLICIES: self.policies.on_record,
            TRIALS: self.trials.on_record,
        }[topic]
        for record in records:
            on_record(record)

    def _on_decisions(self, record: RawRecord) -> None:
        self.bodies.on_record(record)  # before those are woken who ask for the first body
        self.board.on_record(record)
