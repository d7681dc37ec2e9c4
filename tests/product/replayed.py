"""What live workers wrote, held byte by byte against a replay of their events in one process."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from orchestrator.archive.source import Chunk, Span
from orchestrator.core.actions import encode_action
from orchestrator.core.decisions import DecisionRow, decode_decisions
from orchestrator.core.erasures import encode_erasure, is_erasure
from orchestrator.core.fold import COUNTERS_KEY, Folded, load_counters
from orchestrator.read_model.action_topics import KINDS_IN, TOPIC_OF
from orchestrator.retrace.replay import Replay, policies_of
from orchestrator.stream.records import RawRecord
from orchestrator.topics import DECISIONS, EVENTS, LEARNER_STATE_CHANGELOG
from tests.product.ends import Log

K = TypeVar("K")
V = TypeVar("V")

CHUNK = 997
"""Records a chunk: other borders than any batch of the workers had."""


class LogSource:
    """What was read of the topics, as a Source."""

    name = EVENTS

    def __init__(self, log: Log, policies: Mapping[str, tuple[str, str]]) -> None:
        self._events = log[EVENTS]
        self._policies = dict(policies)

    def spans(self) -> dict[int, Span]:
        """From each partition's first record to its last."""
        filled = {number: records for number, records in self._events.items() if records}
        return {n: Span(some[0].offset, some[-1].offset + 1) for n, some in filled.items()}

    def policies(self) -> dict[str, tuple[str, str]]:
        """Those that it was given."""
        return self._policies

    def chunks(self, partition: int, span: Span) -> Iterator[Chunk]:
        """CHUNK records at a time."""
        within = [r for r in self._events[partition] if span.begin <= r.offset < span.end]
        for begin in range(0, len(within), CHUNK):
            some = within[begin : begin + CHUNK]
            yield Chunk(
                partition,
                [record.offset for record in some],
                [record.key for record in some],
                [record.value for record in some],
                [record.headers for record in some],
            )


@dataclass
class Written:
    """Bytes by where they belong: what one side of the comparison says.

    `actions`: by (topic, partition), in order, erasures among them; `rows`: by (partition, offset),
    each with its policy's version; `states`: the newest by key, the counters by partition.
    """

    actions: dict[tuple[str, int], list[bytes]] = field(default_factory=lambda: defaultdict(list))
    rows: dict[tuple[int, int], bytes] = field(default_factory=dict)
    states: dict[bytes, bytes] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)


def live(log: Log) -> tuple[Written, list[str]]:
    """What the workers have written, repetitions once; and what contradicts itself."""
    found, faults = Written(), []
    for topic in KINDS_IN:
        for number, records in log[topic].items():
            found.actions[topic, number] = _once(records)
            found.seen["repeats"] += len(records) - len(found.actions[topic, number])
    for place, row in _decided(log):
        if found.rows.setdefault(place, row) != row:
            faults.append(f"two decisions at {place}: {found.rows[place]!r}, {row!r}")
    for number, records in log[LEARNER_STATE_CHANGELOG].items():
        for record in records:
            found.states[_name(number, record.key or b"")] = record.value or b""
    return found, faults


def _once(records: Sequence[RawRecord]) -> list[bytes]:
    """The values in the order in which they came first; one that differs at all stays."""
    return list(dict.fromkeys(_of(record.value, record.headers) for record in records))


def _of(value: bytes | None, headers: tuple[tuple[str, bytes], ...]) -> bytes:
    return (b"erasure " if is_erasure(headers) else b"action ") + (value or b"")


def _decided(log: Log) -> Iterator[tuple[tuple[int, int], bytes]]:
    for records in log[DECISIONS].values():
        for record in records:
            batch = decode_decisions(record.value or b"")
            for row in batch.rows:
                yield (batch.partition, row.offset), _row(batch.policy_version, row)


def _row(version: str, row: DecisionRow) -> bytes:
    return version.encode() + b" " + msgspec.json.encode(row)


def _name(partition: int, key: bytes) -> bytes:
    return b"%b of partition %d" % (key, partition) if key == COUNTERS_KEY else key


def replayed(source: LogSource) -> Written:
    """What a replay of the source from its beginning comes to."""
    found, policies = Written(), policies_of(source)
    for number, span in source.spans().items():
        replay = Replay(number, policies)
        for chunk in source.chunks(number, span):
            _take(found, number, replay.take(chunk))
        found.states |= {_name(number, key): row for key, row in replay.rows.items()}
        _count(found.seen, replay)
    return found


def _take(found: Written, number: int, folded: Folded) -> None:
    erasures = list(folded.erasures)
    for place, (_, action) in enumerate(folded.actions):
        while erasures and erasures[0][0] <= place:
            _erased(found, number, encode_erasure(erasures.pop(0)[1]))
        found.seen[action.type] += 1
        topic = TOPIC_OF[action.type]
        found.actions[topic, number].append(b"action " + encode_action(action))
    for _, erasure in erasures:
        _erased(found, number, encode_erasure(erasure))
    for decided in folded.decisions:
        for row in decided.rows:
            found.rows[number, row.offset] = _row(decided.policy_version, row)
            found.seen[row.outcome] += 1
            found.seen[row.type] += 1
            found.seen["asked"] += row.asked is not None
            found.seen[decided.version_of(row)] += 1


def _erased(found: Written, number: int, erasure: bytes) -> None:
    for topic in KINDS_IN:
        found.actions[topic, number].append(b"erasure " + erasure)


def _count(seen: Counter[str], replay: Replay) -> None:
    counters = load_counters(replay.rows)
    seen["refused"] += counters.refused
    seen["replayed"] += counters.replayed


def differences(one: Written, other: Written) -> list[str]:
    """What is not the same on both sides, a few of each kind."""
    return [
        *_differences("actions", one.actions, other.actions),
        *_differences("decision", one.rows, other.rows),
        *_differences("state", one.states, other.states),
    ]


def _differences(what: str, one: Mapping[K, V], other: Mapping[K, V]) -> list[str]:
    wrong = [key for key in {**one, **other} if (one.get(key) or b"") != (other.get(key) or b"")]
    lines = [f"{what} {key!r}: {_first(one.get(key), other.get(key))}" for key in wrong[:3]]
    return [*lines, f"{len(wrong)} of {what} differ"] if wrong else []


def _first(one: object, other: object) -> str:
    """Where two lists part, or both values."""
    if isinstance(one, list) and isinstance(other, list):
        place = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), -1)
        return f"{len(one)} and {len(other)}, at {place}: {one[place]!r}, {other[place]!r}"
    return f"{one!r}, {other!r}"
