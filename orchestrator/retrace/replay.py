"""A partition's events decided again, by the fold that decided them live.

From the same records come the same actions, decisions and states, byte by byte: which policy was in
force stands among the records, and no rule reads a clock.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import repeat
from typing import NamedTuple, Self

from orchestrator.archive.source import Chunk, Source
from orchestrator.core.fold import Batch, Folded, fold
from orchestrator.core.policy import Policy
from orchestrator.core.policy_records import PolicyText
from orchestrator.errors import InvalidPolicy, OrchestratorError
from orchestrator.stream.records import Headers
from orchestrator.topics import EVENTS

_NOT_WRITTEN = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of dead letters: those of a replay are written nowhere."""


class PastRecord(NamedTuple):
    """One record of a chunk, as the fold takes it."""

    key: bytes | None
    value: bytes | None
    offset: int
    headers: Headers = ()


def records_of(chunk: Chunk) -> Iterator[PastRecord]:
    """The records of a chunk, one by one."""
    return map(PastRecord, chunk.keys, chunk.values, chunk.offsets, chunk.headers or repeat(()))


class Policies(NamedTuple):
    """The policies and their texts by version, and the version that partitions begin under."""

    known: Mapping[str, Policy]
    texts: Mapping[str, PolicyText]
    first: str

    def all_replaced_by(self, policy: Policy) -> Self:
        """Whatever is in force by the records, it is this policy that decides."""
        return self._replace(known=dict.fromkeys([*self.known, policy.version], policy))


def policies_of(source: Source) -> Policies:
    """The policies that a source knows. Raises OrchestratorError if there is none."""
    return read_policies((PolicyText(*texts) for texts in source.policies().values()), source.name)


def read_policies(texts: Iterable[PolicyText], source: str) -> Policies:
    """The policies of texts, the first first; one that this program cannot read is left out.

    `source`: what a person would call where they are from. Raises OrchestratorError if there is
    none.
    """
    known: dict[str, Policy] = {}
    read: dict[str, PolicyText] = {}
    for text in texts:
        try:
            policy = text.load_earlier()
        except InvalidPolicy:
            continue  # as the workers do: what was decided by it fails, and says which it is
        known.setdefault(policy.version, policy)
        read.setdefault(policy.version, text)
    if not known:
        raise OrchestratorError(
            f"{source} knows no policy that this program can read, so nothing can be decided "
            "again. Has a worker run there yet?"
        )
    return Policies(known, read, next(iter(known)))


class Replay:
    """One partition, decided from where `rows` stand (none: from the beginning of everything).

    `rows`: the states by learner and the counters, as in the changelog of the learners' states.
    """

    def __init__(
        self, partition: int, policies: Policies, rows: Mapping[bytes, bytes] | None = None
    ) -> None:
        self.rows: dict[bytes, bytes] = dict(rows or {})
        self.policies = policies
        self._batch = Batch(EVENTS, partition, policies.known, policies.first, _NOT_WRITTEN)

    def take(self, chunk: Chunk) -> Folded:
        """Decide a chunk; the rows are then those after it.

        Raises UnknownPolicy if a policy that was in force is not known, and UnreadableState.
        """
        return self._fold(records_of(chunk))

    def step(self, record: PastRecord) -> Folded:
        """Decide one record; the rows are then those after it. Raises as `take` does."""
        return self._fold(iter((record,)))

    def _fold(self, records: Iterator[PastRecord]) -> Folded:
        folded = fold(self._batch, records, self.rows)
        self.rows.update(folded.changes)
        return folded
