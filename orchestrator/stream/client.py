"""The Kafka client of the group's member, and the settings all readers share."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError
from faust.types import TP, AppT

from orchestrator.errors import StreamError
from orchestrator.stream.assignor import CopartitionAssignor
from orchestrator.stream.lean_fetcher import LeanFetcher
from orchestrator.stream.own_writes import Written
from orchestrator.stream.refusals import MAY_NOT


class Secured(Protocol):
    """A StreamApp, as far as its connections go."""

    security: Mapping[str, Any]


OnPartitions = Callable[[set[TP]], Awaitable[None]]
OnFailure = Callable[[BaseException], Awaitable[None]]

FETCH_WAIT_MS = 100
"""A partition that resumes waits at most this long for the broker to end the present fetch."""

MAX_POLL_INTERVAL_MS = 24 * 60 * 60 * 1000
"""A day: a partition held back by a dead downstream is no reason to leave the group."""


def client_settings(app: AppT) -> Mapping[str, Any]:
    """What every reader of this app is constructed with."""
    servers = [f"{url.host}:{url.port or 9092}" for url in app.conf.broker_consumer]
    return {
        "bootstrap_servers": servers,
        "client_id": app.conf.broker_client_id,
        "fetch_max_wait_ms": FETCH_WAIT_MS,
        "request_timeout_ms": int(app.conf.broker_request_timeout * 1000),
        **security_of(app),
    }


def security_of(app: AppT) -> Mapping[str, Any]:
    """How all connections of this app to Kafka are secured: as StreamApp was told."""
    return cast("Secured", app).security


def group_client(app: AppT, assignor: CopartitionAssignor) -> AIOKafkaConsumer:
    """The member's client. It commits nothing by itself and never resets a position by itself."""
    conf = app.conf
    return AIOKafkaConsumer(
        **client_settings(app),
        group_id=conf.id,
        group_instance_id=conf.consumer_group_instance_id,
        partition_assignment_strategy=[assignor],
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        session_timeout_ms=int(conf.broker_session_timeout * 1000),
        rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
        heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
        max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
    )


def generation_of(client: AIOKafkaConsumer) -> int:
    """The group's generation that the member belongs to (the client has no public word for it)."""
    return int(client._coordinator.generation)  # noqa: SLF001


def check_membership(client: AIOKafkaConsumer, group: str) -> None:
    """Raise StreamError if the client has given up its group.

    The client tells it to who asks for records, and waits until somebody does.
    """
    try:
        client._coordinator.check_errors()  # noqa: SLF001
    except GroupAuthorizationFailedError as error:
        raise StreamError(f"Kafka's group {group} is not for this user. {MAY_NOT}") from error
    except KafkaError as error:
        raise StreamError(
            f"Kafka's group {group} does not take this worker: {error!r}. See that the session "
            "timeout is within the broker's group.min.session.timeout.ms and "
            "group.max.session.timeout.ms, and that nothing else uses the group's name, or this "
            "worker's instance id."
        ) from error


def on_heartbeat(client: AIOKafkaConsumer, told: Callable[[float], None]) -> None:
    """Tell of each heartbeat that the group has taken when it was sent, by time.monotonic().

    `client` is started. (It has no public word for it.)
    """
    coordinator = client._coordinator  # noqa: SLF001
    beat = coordinator._do_heartbeat  # noqa: SLF001

    async def beat_and_tell() -> bool:
        sent_at = time.monotonic()
        taken: bool = await beat()
        if taken:
            told(sent_at)
        return taken

    coordinator._do_heartbeat = beat_and_tell  # noqa: SLF001


def take_own(client: AIOKafkaConsumer, tp: TopicPartition, written: Written) -> bool:
    """Whether `written` is what the client would read next; then it reads on behind it.

    A client that is not made of our parts (client_parts.py) fetches all.
    """
    fetcher = client._fetcher  # noqa: SLF001
    return isinstance(fetcher, LeanFetcher) and fetcher.take_own(tp, written)


def rejoin(client: AIOKafkaConsumer) -> None:
    """Have the group give out its partitions anew."""
    client._coordinator.request_rejoin()  # noqa: SLF001


class RebalanceListener(ConsumerRebalanceListener):
    """Passes the group's word on. The client swallows what its listeners raise, hence `fail`."""

    def __init__(self, revoke: OnPartitions, assign: OnPartitions, fail: OnFailure) -> None:
        self._revoke = revoke
        self._assign = assign
        self._fail = fail

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Before the member joins anew."""
        await self._pass_on(self._revoke, revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """After the group has agreed."""
        await self._pass_on(self._assign, assigned)

    async def _pass_on(self, listener: OnPartitions, tps: set[TopicPartition]) -> None:
        try:
            await listener({TP(*tp) for tp in tps})
        except Exception as error:  # noqa: BLE001 - a rebalance half done loses partitions
            await self._fail(error)
