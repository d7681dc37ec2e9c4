"""What the views ask of the rest of the house. The composition root implements these."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from pydantic import Field

from orchestrator.core.actions import Action
from orchestrator.core.events import Event
from orchestrator.dead_letters.answering import LetterPage, Tried, Where
from orchestrator.dead_letters.catalogue import Place, Wanted
from orchestrator.history.rows import ActionRow, EventRow, Page, Query, TenantFigures
from orchestrator.read_model.learners import Present
from orchestrator.read_model.ledger_watch import Seen
from orchestrator.web.frozen import Frozen
from orchestrator.web.trials_shown import TrialShown


class Status(StrEnum):
    """How a part is. degraded: it works, or what it lacks is waited for and not lost."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


class Component(Frozen):
    """One part, and in a sentence why it is as it is."""

    status: Status
    detail: str


class ServiceClients(Frozen):
    """The downstream services, as the last calls to them found them."""

    learner_svc: Component
    notification_svc: Component


class Components(Frozen):
    """The parts by name."""

    event_consumer: Component
    orchestration_engine: Component
    redis_connection: Component
    service_clients: ServiceClients
    kafka: Component
    tables: Component


class HealthReport(Frozen):
    """All parts, and the two probes.

    `live`: the loop moves, and commits advance while there is lag. `ready`: the tables are restored
    and the worker is not draining. A probe fails only when it is unhealthy.
    """

    components: Components
    live: Component
    ready: Component

    @property
    def status(self) -> Status:
        """Unhealthy when events cannot be decided; degraded when any part is not healthy.

        Redis or a service that is down degrades: events wait in Redis, actions in Kafka.
        """
        parts = self.components
        essential = (parts.event_consumer, parts.orchestration_engine, parts.kafka, parts.tables)
        clients = parts.service_clients
        others = (parts.redis_connection, clients.learner_svc, clients.notification_svc)
        if any(part.status is Status.UNHEALTHY for part in essential):
            return Status.UNHEALTHY
        if all(part.status is Status.HEALTHY for part in (*essential, *others)):
            return Status.HEALTHY
        return Status.DEGRADED


class HealthSource(Protocol):
    """Knows how the worker is. Answers from memory, at once, from the first moment on."""

    def health(self) -> HealthReport:
        """The present report. Must not wait for anything nor raise."""
        ...


class Statistics(Frozen):
    """The figures of GET /stats. processed means decided; `sent` and its like count decisions.

    received = processed + duplicates + late + dead_letters + in_flight, by definition, and so is
    pending what was decided and has not ended: GET /ledger is where they are checked.
    """

    total_events_received: int = Field(ge=0)
    total_events_processed: int = Field(ge=0)
    duplicates: int = Field(ge=0)
    late: int = Field(ge=0)
    dead_letters: int = Field(ge=0)
    events_in_flight: int = Field(ge=0)
    level_suggestions_sent: int = Field(ge=0)
    game_breaks_scheduled: int = Field(ge=0)
    sel_interventions_triggered: int = Field(ge=0)
    learning_path_updates: int = Field(ge=0)
    actions_delivered: int = Field(ge=0)
    actions_rejected: int = Field(ge=0)
    actions_expired: int = Field(ge=0)
    actions_superseded: int = Field(ge=0)
    actions_failed: int = Field(ge=0)
    actions_erased: int = Field(ge=0)
    actions_pending: int = Field(ge=0)
    active_learners: int = Field(ge=0, description="learners with an event within the last hour")
    total_learners: int = Field(ge=0)
    is_initialized: bool
    uptime_seconds: float = Field(ge=0)
    last_event_processed_at: datetime | None
    policy_version: str
    workers: int = Field(ge=0)
    trials: tuple[TrialShown, ...] = Field(
        default=(),
        description="shadows and canaries: those that run, and the newest that have ended; "
        "none for whoever is bound to a tenant",
    )


class StatisticsSource(Protocol):
    """Knows the figures."""

    def statistics(self) -> Statistics:
        """From memory; `is_initialized`: no rebalance is under way, and tables are restored."""
        ...


class LedgerSource(Protocol):
    """Looks at the ledger."""

    @property
    def seen(self) -> Seen | None:
        """What the last look has seen; None before the first one. Old while Kafka is away."""
        ...


class Decided(NamedTuple):
    """What became of an event: decided, duplicate or late, and where it stands in Kafka."""

    outcome: str
    actions: Sequence[Action]
    partition: int
    offset: int


class Trigger(Protocol):
    """Sends an event the ordinary way, through Kafka."""

    async def submit(self, event: Event, seconds: float, body_hash: str = "") -> Decided | None:
        """The decision on `event`; None if it takes longer than `seconds` (it will still be made).

        `body_hash` is of the request's body, where the request has named the event's id by itself.
        Raises StreamError when Kafka does not take the event.
        """
        ...


class FirstBodies(Protocol):
    """Knows which body first came with an Idempotency-Key."""

    def body_hash(self, tenant_id: str, event_id: str) -> str | None:
        """The hash of that body; None if there was none of late."""
        ...


class Learners(Protocol):
    """Knows the learners whose partition is this worker's, and where the others are."""

    async def present(self, tenant_id: str, learner_id: str) -> Present:
        """The learner now.

        Raises OwnershipLost where another worker would know; StreamError or UnknownPolicy while
        nobody does.
        """
        ...

    def owner(self, tenant_id: str, learner_id: str) -> str | None:
        """The URL of the worker that should know; None if that is not known."""
        ...


class History(Protocol):
    """Knows what became of the events and actions of late, of the whole cluster.

    Each method raises HistoryUnavailable while the history cannot tell, or would take too long.
    """

    async def events(self, query: Query) -> Page[EventRow]:
        """The events that are wanted, newest first."""
        ...

    async def actions(self, query: Query) -> Page[ActionRow]:
        """The actions that are wanted, newest first."""
        ...

    async def last_actions(
        self, tenant_id: str, learner_id: str, limit: int
    ) -> Sequence[ActionRow]:
        """The newest actions about a learner, at most `limit`, newest first."""
        ...

    async def figures(self, tenant_id: str) -> TenantFigures:
        """What the history holds of a tenant, counted."""
        ...


class DeadLetterSource(Protocol):
    """Knows what was refused, and can try it again."""

    async def page(self, wanted: Wanted, limit: int, before: Place | None) -> LetterPage:
        """`limit` letters at most, older than `before`, the newest first. Raises StreamError."""
        ...

    async def replay(self, where: Where, tenant: str | None, *, again: bool) -> Tried:
        """Send what a letter of `tenant` (None: of anybody) holds once more.

        One that was replayed before only with `again`. Raises UnknownLetter, NotReplayable,
        StreamError.
        """
        ...
