"""A partition in memory, as a source."""

from collections.abc import Iterator, Sequence

from orchestrator.archive.source import Chunk, Span
from orchestrator.core.event_codec import encode_event
from orchestrator.core.events import Event
from orchestrator.core.ids import learner_key
from orchestrator.core.policy_records import CONTROL_KEY, Control, encode_control
from orchestrator.retrace.life import Life, life_of
from tests.unit.core.samples import MESSAGES_TOML, POLICY_TOML

ANA = learner_key("school", "ana")
CHUNK = 3
LATER_TOML = POLICY_TOML.replace("after_minutes = 25", "after_minutes = 20")


class MemorySource:
    """DatedSource over events and control records, in their order, from `begin` on."""

    name = "memory"

    def __init__(
        self,
        records: Sequence[Event | Control],
        begin: int = 0,
        states: dict[bytes, bytes] | None = None,
    ) -> None:
        self._pairs = [_record(one) for one in records]
        self._begin = begin
        self._states = states

    def spans(self) -> dict[int, Span]:
        """One partition."""
        end = self._begin + len(self._pairs)
        return {0: Span(self._begin, end)} if self._pairs else {}

    def policies(self) -> dict[str, tuple[str, str]]:
        """The shipped one first."""
        return {"a": (POLICY_TOML, MESSAGES_TOML), "b": (LATER_TOML, MESSAGES_TOML)}

    def chunks(self, partition: int, span: Span) -> Iterator[Chunk]:
        """CHUNK at a time."""
        for at in range(span.begin, span.end, CHUNK):
            offsets = range(at, min(span.end, at + CHUNK))
            some = [self._pairs[offset - self._begin] for offset in offsets]
            keys, values = zip(*some, strict=True)
            yield Chunk(partition, offsets, keys, values)

    def first_at(self, partition: int, millis: int) -> int:
        """Nothing here has a time of Kafka's."""
        raise NotImplementedError

    def states(self, partition: int) -> dict[bytes, bytes] | None:
        """Those that it was given."""
        return self._states


def _record(one: Event | Control) -> tuple[bytes, bytes]:
    if isinstance(one, Event):
        return learner_key(one.tenant_id, one.learner_id), encode_event(one)
    return CONTROL_KEY, encode_control(one)


def life(*records: Event | Control) -> Life:
    """Ana's."""
    return life_of(MemorySource(records), ANA, 0)
