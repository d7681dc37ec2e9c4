"""What is remembered of each learner, and the counters of each partition (core/fold.py)."""

from collections.abc import Mapping

import structlog
from faust.types import TP

from orchestrator.core.fold import COUNTERS_KEY, load_counters
from orchestrator.core.state import UnreadableState, check_schema
from orchestrator.errors import OffsetAhead, StateLost, StreamError
from orchestrator.stream.app import StreamApp
from orchestrator.stream.starts import Span, forget_offsets
from orchestrator.stream.tables import PartitionTable
from orchestrator.topics import EVENTS, LEARNER_STATE_CHANGELOG

log = structlog.get_logger(__name__)


def learner_state(app: StreamApp) -> PartitionTable:
    """Rows: tenant/learner -> core/state.py; `counters` -> core/counters.py."""
    return app.partition_table(
        "learner_state", changelog=LEARNER_STATE_CHANGELOG, source=EVENTS, verify=verify
    )


def verify(partition: int, rows: Mapping[bytes, bytes], events: Span) -> None:
    """Hold the restored states against the events that they were made from.

    `events`: the span of the same partition of the events topic. Raises OffsetAhead, StateLost, or
    StreamError for states of a newer program; each says what to do.
    """
    reached = load_counters(rows).offset + 1
    if reached > events.end:
        raise OffsetAhead(_ahead(partition, reached, events))
    if reached < (events.committed or 0):
        raise StateLost(_lost(partition, reached, events))
    if reached < events.begin:
        log.warning(
            "events were deleted before they were decided, going on without them",
            partition=partition,
            events=events.begin - reached,
        )
    try:
        for key, row in rows.items():
            if key != COUNTERS_KEY:
                check_schema(row)
    except UnreadableState as error:
        raise StreamError(f"{LEARNER_STATE_CHANGELOG} partition {partition}: {error}") from error


def _ahead(partition: int, reached: int, events: Span) -> str:
    return (
        f"{LEARNER_STATE_CHANGELOG} partition {partition} holds states up to offset {reached - 1} "
        f"of {EVENTS}, whose log ends at {events.end}: it belongs to another events topic, or that "
        "one has lost its end. Restore the events topic from a copy; or, to have what it holds now "
        f"decided anew, stop all workers, delete the topic {LEARNER_STATE_CHANGELOG} and forget "
        f"the group's offsets: kafka-consumer-groups.sh --delete-offsets --topic {EVENTS}."
    )


def _lost(partition: int, reached: int, events: Span) -> str:
    fact = (
        f"{EVENTS} partition {partition} is decided up to offset {events.committed}, but the "
        f"states in {LEARNER_STATE_CHANGELOG} reach {reached} only: records of it were deleted. "
        "Restore it from a copy; or, with all workers stopped, "
    )
    if reached >= events.begin:
        return (
            f"{fact}move the group's offset back to {reached} with kafka-consumer-groups.sh "
            "--reset-offsets --to-offset, and what lies between is decided again, with the same "
            "action ids."
        )
    return (
        f"{fact}since the events before {events.begin} are gone too, forget the group's offset: "
        f"{forget_offsets([TP(EVENTS, partition)])}, and what is left is decided again, with the "
        "same action ids."
    )
