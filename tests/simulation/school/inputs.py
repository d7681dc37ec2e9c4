"""Each entry of Redis ends in exactly one way: as an event in Kafka, or as a dead letter.

One exception is known: an entry that was refused as being in the future, and is read once more
after a crash, may be an event of the present by then; it is both.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from orchestrator.bridge.entries import Translator
from orchestrator.core.event_codec import decode_event
from orchestrator.core.events import INTERNAL
from orchestrator.core.ids import learner_key
from orchestrator.topics import DEAD_LETTERS
from tests.simulation.school.days import Entry
from tests.simulation.school.expected import Expected
from tests.simulation.school.violation import hold
from tests.simulation.school.world import World

A_DAY = timedelta(days=1)

Name = tuple[bytes, str]
"""(learner's key, event id)"""


def judge_inputs(world: World, want: Expected) -> None:
    """Raise Violation of the first that does not hold."""
    ids = _first_places(want)
    refused, again = _refused(world), _read_again(world)
    sources: defaultdict[Name, list[str]] = defaultdict(list)
    for source, entry in world.given.items():
        name = _name(source, entry)
        if name is None:
            hold("what is refused is a dead letter", None, source not in refused and source)
            continue
        sources[name].append(source)
        lost = source not in refused and name not in ids
        hold("nothing is lost", name[0], lost and f"{name[1]}, {source}")
    for name, each in sources.items():
        twice = name in ids and refused.issuperset(each) and again.isdisjoint(each)
        hold("an input has one end", name[0], twice and each)
    hold("nothing comes from nowhere", None, _ours(want, ids) - sources.keys())
    _judge_order(sources, ids, refused)


def _judge_order(
    sources: Mapping[Name, Sequence[str]], ids: Mapping[Name, int], refused: set[str]
) -> None:
    """Of what came by one stream alone, and was not refused, each learner's order is kept."""
    places: defaultdict[tuple[str, bytes], list[int]] = defaultdict(list)
    for name, each in sources.items():
        streams = {source.rsplit(":", 1)[0] for source in each}
        if len(streams) == 1 and refused.isdisjoint(each):
            places[streams.pop(), name[0]].append(ids[name])
    for (stream, key), found in places.items():
        hold("a stream's order is kept", key, found != sorted(found) and stream)


def _refused(world: World) -> set[str]:
    letters = world.kafka.log[DEAD_LETTERS].values()
    return {(record.key or b"").decode() for records in letters for record in records}


def _read_again(world: World) -> set[str]:
    return {
        f"redis:{stream.name}:{entry_id.decode()}"
        for stream in world.redis.values()
        for entry_id in stream.read_again
    }


def _name(source: str, entry: Entry) -> Name | None:
    """What the entry is, read so late that no clock is against it; None if it is no event."""
    entry_id = source.rsplit(":", 1)[1].encode()
    read = Translator(entry.stream).translate(entry_id, entry.fields, entry.at + A_DAY)
    if read.learner is None:
        return None
    return read.learner, decode_event(read.record.value or b"").id


def _first_places(want: Expected) -> dict[Name, int]:
    ids: dict[Name, int] = {}
    for (_, offset), event in want.events.items():
        key = learner_key(event.tenant_id, event.learner_id)
        ids.setdefault((key, event.id), offset)
    return ids


def _ours(want: Expected, ids: Mapping[Name, int]) -> set[Name]:
    internal = {event.id for event in want.events.values() if event.type in INTERNAL}
    return {name for name in ids if name[1] not in internal}
