"""A replay: what was selected is read, tried again, sent, and marked as replayed."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from orchestrator.dead_letters.catalogue import Catalogue, Listed, Wanted
from orchestrator.dead_letters.letters import Letter, mark_of
from orchestrator.dead_letters.replaying import Prepared, Terms, prepared
from orchestrator.dialects.replay import NotReplayable
from orchestrator.errors import InvalidEvent
from orchestrator.stream.records import RawRecord, Record, Sender
from orchestrator.stream.topic_reader import TopicReader, spans_around
from orchestrator.topics import DEAD_LETTERS

CHUNK_BYTES = 32 * 1024 * 1024
CHUNK_LETTERS = 5_000


class Refused(NamedTuple):
    """A dead letter that was not replayed. `again`: it was tried, and refused anew."""

    source: str
    why: str
    again: bool


class Replay(NamedTuple):
    """What came of a chunk."""

    sent: list[Prepared]
    refused: list[Refused]


Reached = Callable[[str, int, int], None]
"""Told, now and then, what is being done, how many are behind us, and of how many."""


async def catalogue_of(
    topic: TopicReader, wanted: Wanted, default_tenant: str | None, reached: Reached
) -> Catalogue:
    """The dead letters that are wanted, of those in Kafka now."""
    catalogue = Catalogue(wanted, default_tenant)
    spans = await topic.spans(wanted.since)
    total = sum(span.end - span.begin for span in spans.values())
    done = 0
    async for records in topic.read(spans):
        catalogue.take(records)
        done += len(records)
        reached("dead letters read", done, total)
    return catalogue


async def replay(
    topic: TopicReader, letters: Sequence[Letter], terms: Terms, sender: Sender | None
) -> AsyncIterator[Replay]:
    """Replay the letters, oldest first, chunk by chunk; without a sender only try them.

    What is sent is in Kafka before it is marked as replayed: if the command dies in between, it is
    sent once more next time, and is a duplicate. Raises StreamError.
    """
    for chunk in chunks(letters):
        records = await records_of(topic, chunk)
        found = [(letter, _tried(letter, records, terms)) for letter in chunk]
        ready = [(letter, each) for letter, each in found if isinstance(each, Prepared)]
        if sender is not None:
            await _send(sender, [each for _, each in ready])
            await _mark(sender, [letter for letter, _ in ready], terms)
        refused = [each for _, each in found if isinstance(each, Refused)]
        yield Replay([each for _, each in ready], refused)


async def records_of(
    topic: TopicReader, letters: Iterable[Letter]
) -> Mapping[tuple[int, int], RawRecord]:
    """The letters' records by (partition, offset), bytes included."""
    places = {(letter.partition, letter.offset) for letter in letters}
    found: dict[tuple[int, int], RawRecord] = {}
    async for records in topic.read(spans_around(DEAD_LETTERS, places)):
        for record in records:
            if (record.partition, record.offset) in places:
                found[record.partition, record.offset] = record
    return found


def chunks(letters: Iterable[Letter]) -> Iterator[list[Letter]]:
    """The letters in order, cut so that what a chunk holds fits into memory."""
    chunk: list[Letter] = []
    size = 0
    for letter in letters:
        if chunk and (size + letter.size > CHUNK_BYTES or len(chunk) >= CHUNK_LETTERS):
            yield chunk
            chunk, size = [], 0
        chunk.append(letter)
        size += letter.size
    if chunk:
        yield chunk


def open_ones(listed: Iterable[Listed]) -> list[Letter]:
    """Those that were not replayed since they were refused."""
    return [each.letter for each in listed if each.replayed_at is None]


def _tried(
    letter: Letter, records: Mapping[tuple[int, int], RawRecord], terms: Terms
) -> Prepared | Refused:
    record = records.get((letter.partition, letter.offset))
    if record is None:
        return Refused(letter.source, "it has just been deleted from Kafka: too old", again=False)
    try:
        return prepared(record.value, record.headers, terms)
    except NotReplayable as error:
        return Refused(letter.source, str(error), again=False)
    except InvalidEvent as error:
        return Refused(letter.source, str(error), again=True)


async def _send(sender: Sender, ready: Sequence[Prepared]) -> None:
    by_topic: dict[str, list[Record]] = defaultdict(list)
    for each in ready:
        by_topic[each.topic].append(each.record)
    for topic, records in by_topic.items():
        await sender.send(topic, records)


async def _mark(sender: Sender, letters: Sequence[Letter], terms: Terms) -> None:
    """A mark stands behind its letter, in the same partition: so the last word is known."""
    by_partition: dict[int, list[Record]] = defaultdict(list)
    for letter in letters:
        by_partition[letter.partition].append(mark_of(letter, terms.now))
    for partition, marks in by_partition.items():
        await sender.send(DEAD_LETTERS, marks, partition=partition)
