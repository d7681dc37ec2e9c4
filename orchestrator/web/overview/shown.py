"""The answer of GET /overview."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from orchestrator.bridge.health import LaneStatus
from orchestrator.core.actions import ActionType, Outcome, Service
from orchestrator.web.frozen import Frozen


class LaneShown(Frozen):
    """One Redis stream and who reads it. Only the reader has the figures: else they are None."""

    stream: str
    owner: str | None = Field(description="URL of the worker that reads the stream, if known")
    here: bool = Field(description="whether that is the worker that answers")
    status: LaneStatus | None = None
    detail: str = Field(default="", description="what is amiss, empty while nothing is")
    lag: int | None = Field(
        default=None, description="entries nobody has read yet, if Redis can tell"
    )
    pending: int | None = Field(
        default=None, description="entries read and not acknowledged to Redis yet"
    )
    gaps: int | None = Field(
        default=None, description="entries lost before they were read, and breaks"
    )
    produced: int | None = Field(
        default=None, description="entries passed on since the worker's start"
    )
    refused: int | None = Field(
        default=None, description="entries that became dead letters since then"
    )
    last_read_at: datetime | None = None


class BreakerState(StrEnum):
    """closed: calls pass. open: none, but for a probe now and then."""

    CLOSED = "closed"
    OPEN = "open"


class ServiceShown(Frozen):
    """A downstream service as the worker that answers sees it; `outcomes` are the cluster's."""

    service: Service
    breaker: BreakerState
    probe_in_seconds: float | None = Field(description="until one call may pass; None if closed")
    waiting: int = Field(ge=0, description="actions here that have not ended")
    last_success_at: datetime | None
    last_failure_at: datetime | None
    outcomes: dict[Outcome, int] = Field(description="all actions that ended, by how")


class ActionTypeShown(Frozen):
    """Actions of one type: `decided` in the cluster ever, `ended` here since the start."""

    type: ActionType
    service: Service
    decided: int = Field(ge=0)
    ended: dict[Outcome, int]


class PartitionShown(Frozen):
    """One partition of the events: whose it is, and how far. The same at every worker."""

    partition: int = Field(ge=0)
    owner: str | None = Field(description="URL of the worker that has it, if known")
    here: bool
    in_flight: int = Field(ge=0, description="events that have not been decided yet")
    decided: int = Field(ge=0)
    learners: int = Field(ge=0)
    waiting: int = Field(ge=0, description="actions that wait for a service")


class OverviewShown(Frozen):
    """What there is to see of the work, from the memory of the worker that answers.

    Of the cluster: partitions, decided actions, outcomes. Of the worker that answers, `url`: lanes
    that are read here, breakers, and what has ended here by type.
    """

    as_of: datetime
    url: str
    workers: int = Field(ge=0)
    lanes: list[LaneShown]
    services: list[ServiceShown]
    actions: list[ActionTypeShown]
    partitions: list[PartitionShown]
