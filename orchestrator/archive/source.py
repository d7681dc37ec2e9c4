"""Where historical events come from: what every source gives, a topic and an archive alike."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from orchestrator.stream.records import Headers


class Chunk(NamedTuple):
    """Some records of one partition of the events topic, column by column, in offset order.

    `keys` and `values` are the records' bytes; a value may be no event, as in the topic.
    `headers`: of each record as in the topic, or none at all where the source does not know them.
    No decision depends on them; without them a decision's row does not tell who asked for it, and
    what a replay of dead letters has sent is not counted as such.
    `times`: Kafka's of each record, in milliseconds since 1970, or none likewise.
    """

    partition: int
    offsets: Sequence[int]
    keys: Sequence[bytes | None]
    values: Sequence[bytes | None]
    headers: Sequence[Headers] = ()
    times: Sequence[int] = ()


class Span(NamedTuple):
    """Offsets of a partition from `begin` up to, not including, `end`."""

    begin: int
    end: int


class Source(Protocol):
    """Historical events. Cheap to hand to another process; opened by whoever reads it."""

    @property
    def name(self) -> str:
        """What a person would call it: the topic of a cluster, or a folder."""
        ...

    def spans(self) -> dict[int, Span]:
        """What there is, by partition; empty ones are left out."""
        ...

    def policies(self) -> dict[str, tuple[str, str]]:
        """The texts (policy, messages) by version, those known to the cluster, the first first."""
        ...

    def chunks(self, partition: int, span: Span) -> Iterator[Chunk]:
        """The records of a span, in order; some thousands at a time, memory flat."""
        ...


class DatedSource(Source, Protocol):
    """A source that also knows when its records came, and perhaps what was remembered before."""

    def first_at(self, partition: int, millis: int) -> int:
        """The first offset whose record came at this time by Kafka or later; the end if none did.

        `millis`: since 1970. As Kafka's own look-up does, so that every source answers alike.
        """
        ...

    def states(self, partition: int) -> dict[bytes, bytes] | None:
        """The learners' states, by key, as they were before the partition's first offset.

        As rows that core.fold takes, the counters among them. None: not known, so that whoever
        begins here begins with learners of whom nothing is known.
        """
        ...
