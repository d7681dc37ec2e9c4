"""One learner's life: their events in the order in which they came, each decided again."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from orchestrator.archive.source import DatedSource, Source, Span
from orchestrator.core.actions import Action
from orchestrator.core.decisions import DecisionRow
from orchestrator.core.event_codec import decode_event
from orchestrator.core.events import Event
from orchestrator.core.fold import COUNTERS_KEY
from orchestrator.core.policy import Policy
from orchestrator.core.policy_records import CONTROL_KEY
from orchestrator.core.state import LearnerState, decode_state
from orchestrator.core.times import micros
from orchestrator.errors import InvalidEvent, OrchestratorError
from orchestrator.retrace.replay import PastRecord, Policies, Replay, policies_of, records_of

Reached = Callable[[int, int], None]
"""Told how many records are behind, and of how many."""


def tell_nobody(_done: int, _total: int) -> None:
    """Nobody wants to know."""


class Lived(NamedTuple):
    """One event of the learner: what it found, what it left, and what was decided by `policy`."""

    event: Event
    before: LearnerState | None
    after: LearnerState
    row: DecisionRow
    actions: tuple[Action, ...]
    policy: Policy


class Life(NamedTuple):
    """What a source knows of a learner.

    `records`: the learner's and the control records of their partition, in order. `rows`: the state
    and the counters that stood before the first of them. `gone`: so many records of the partition
    were before, and nobody knows any more what they said; 0 if it is all there.
    """

    key: bytes
    partition: int
    policies: Policies
    records: list[PastRecord]
    rows: dict[bytes, bytes]
    gone: int = 0

    def lived(self, instead: Policy | None = None, since: int | None = None) -> Iterator[Lived]:
        """Event by event, decided by the policies of the time.

        `instead`: a policy that decides in their place, from the first event on whose own time is
        `since` (microseconds) or later; without it from the beginning.
        Raises UnknownPolicy where the text of the policy of the time is not known.
        """
        replay = Replay(self.partition, self.policies, self.rows)
        for record in self.records:
            if instead is not None and (since is None or _is_from(record, since)):
                other = self.policies.all_replaced_by(instead)
                replay, instead = Replay(self.partition, other, replay.rows), None
            yield from live(replay, self.key, record)


def _is_from(record: PastRecord, since: int) -> bool:
    if record.key == CONTROL_KEY:
        return False
    try:
        return micros(decode_event(record.value or b"").timestamp) >= since
    except InvalidEvent:
        return False


def find_action(source: DatedSource, action_id: str, reached: Reached) -> bytes | None:
    """The key of the learner who was given an action, by deciding everything again until it comes.

    `reached` is told how many records are behind, and of how many. None: no such action.
    """
    policies, spans = policies_of(source), source.spans()
    total, done = sum(span.end - span.begin for span in spans.values()), 0
    for partition, span in spans.items():
        replay = Replay(partition, policies, source.states(partition))
        for chunk in source.chunks(partition, span):
            for key, action in replay.take(chunk).actions:
                if action.action_id == action_id:
                    return key
            done += len(chunk.offsets)
            reached(done, total)
    return None


def life_of(
    source: DatedSource, key: bytes, partition: int, reached: Reached = tell_nobody
) -> Life:
    """Read all that a source has of a learner: their partition alone, and of it what is theirs.

    Raises OrchestratorError where the source has nothing of that partition, or no policy.
    """
    span = source.spans().get(partition)
    if span is None:
        raise OrchestratorError(
            f"{source.name} has no events in partition {partition}, which is where this learner's "
            "would stand: nobody by this name has been heard of there."
        )
    policies, rows = policies_of(source), source.states(partition)
    records = list(_theirs(source, key, partition, span, reached))
    kept = {name: row for name, row in (rows or {}).items() if name in {key, COUNTERS_KEY}}
    gone = span.begin if rows is None else 0
    return Life(key, partition, policies, records, kept, gone)


def _theirs(
    source: Source, key: bytes, partition: int, span: Span, reached: Reached
) -> Iterator[PastRecord]:
    for chunk in source.chunks(partition, span):
        if key in chunk.keys or CONTROL_KEY in chunk.keys:
            yield from theirs(records_of(chunk), key)
        reached(chunk.offsets[-1] + 1 - span.begin, span.end - span.begin)


def theirs(records: Iterable[PastRecord], key: bytes) -> Iterator[PastRecord]:
    """Those of the learner, and the control records."""
    return (record for record in records if record.key in (key, CONTROL_KEY))


def live(replay: Replay, key: bytes, record: PastRecord) -> Iterable[Lived]:
    """What a record comes to, if it is an event of the learner."""
    raw = replay.rows.get(key)
    folded = replay.step(record)
    return [
        Lived(
            decode_event(record.value or b""),
            None if raw is None else decode_state(raw),
            decode_state(replay.rows[key]),
            row,
            tuple(action for _, action in folded.actions),
            replay.policies.known[decided.version_of(row)],
        )
        for decided in folded.decisions
        for row in decided.rows
    ]
