"""What the history answers: rows, pages of them, and a tenant's figures."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct

from orchestrator.core.actions import Action, Outcome, Service
from orchestrator.core.ids import ActionId

T = TypeVar("T")


class Stage(StrEnum):
    """How far something is. The exact end is in `outcome`.

    Of an action: waiting; being called or retried; delivered; ended otherwise. Of an event: not
    decided yet; (never); decided; a duplicate, late, or a dead letter.
    """

    PENDING = "pending"
    EXECUTING = "executing"
    COMPLETED = "completed"
    FAILED = "failed"


class EventRow(Struct, frozen=True):
    """An event of a producer's. `outcome` and `policy_version` None: it is not decided yet.

    `outcome`: decided, duplicate, late or dead letter; `partition` and `offset`: where it stands in
    the topic of the events; `action_ids`: what it has called for.
    """

    id: str
    type: str
    tenant_id: str
    learner_id: str
    timestamp: datetime
    received_at: datetime
    status: Stage
    outcome: str | None
    policy_version: str | None
    partition: int
    offset: int
    action_ids: tuple[ActionId, ...]


class ActionRow(Struct, frozen=True):
    """An action, and what has come of it. `outcome` and `ended_at` None: it has not ended.

    `attempts`: calls so far, as far as Kafka tells of them; `http_status` and `detail`: what the
    last of them came to.
    """

    action: Action
    target_service: Service
    status: Stage
    outcome: Outcome | None
    attempts: int
    http_status: int | None
    ended_at: datetime | None
    detail: str


class Page(NamedTuple, Generic[T]):
    """Rows, newest first (by the event's own time), and how many there are in all."""

    rows: list[T]
    total: int


class Query(Struct, frozen=True, kw_only=True):
    """Which rows are wanted; None: any. `start` is the first moment, `end` the first beyond.

    `id` is that of an event or an action; `service` is for actions alone.
    """

    tenant_id: str | None = None
    learner_id: str | None = None
    id: str | None = None
    type: str | None = None
    service: Service | None = None
    status: Stage | None = None
    start: datetime | None = None
    end: datetime | None = None
    limit: int = 50
    offset: int = 0


class TenantFigures(Struct, frozen=True):
    """What the history holds of one tenant, counted; older rows are in no figure.

    `events` by outcome, `actions` by type, `ended` by outcome. `newest`: the newest event time.
    """

    events: Mapping[str, int]
    events_in_flight: int
    actions: Mapping[str, int]
    ended: Mapping[str, int]
    active_learners: int
    total_learners: int
    newest: datetime | None
