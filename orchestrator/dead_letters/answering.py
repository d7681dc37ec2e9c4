"""Dead letters for who asks over HTTP: the newest of them, and the replay of one."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from orchestrator.clock import Clock
from orchestrator.dead_letters.catalogue import Catalogue, Listed, Place, Wanted, place_of
from orchestrator.dead_letters.letters import Letter
from orchestrator.dead_letters.recent import parsed, recent
from orchestrator.dead_letters.replay_run import replay
from orchestrator.dead_letters.replaying import Prepared, Terms
from orchestrator.dialects.replay import NotReplayable
from orchestrator.errors import OrchestratorError, StreamError
from orchestrator.stream.records import Sender
from orchestrator.stream.topic_reader import Span, Spans, TopicReader, reader
from orchestrator.topics import DEAD_LETTERS

ANSWER_WITHIN_S = 2.0
READ_WITHIN_S = 1.5
"""Of that; the rest is for connecting, and for closing what is open."""

REPLAY_WITHIN_S = 10.0

LOOKED_AT = 10_000
"""Records that are read for a page, at most; of each letter HEAD bytes are held."""

HEAD = 1_024
FETCHED_BYTES = 1024 * 1024

NO_LETTER = "There is no such dead letter, or no longer."
TOO_SLOW = "Kafka did not give the dead letters within {seconds:g} s."


class UnknownLetter(OrchestratorError):
    """There is no such dead letter, or not for who asks."""


class Where(NamedTuple):
    """Where a letter stands."""

    partition: int
    offset: int


class LetterPage(NamedTuple):
    """Some dead letters, the newest first. `more`: others follow the last one.

    `complete`: all that there are were looked at, not only the newest.
    """

    letters: list[Listed]
    more: bool
    complete: bool


class Tried(NamedTuple):
    """A replay of a letter. `sent` None: it was replayed before, and is not sent again."""

    listed: Listed
    sent: Prepared | None
    at: datetime


class DeadLetters:
    """Reads the topic for each question, one at a time, so that the memory it takes is bounded."""

    def __init__(
        self,
        kafka: Mapping[str, Any],
        sender: Sender,
        *,
        clock: Clock,
        default_tenant: str | None,
        looked_at: int = LOOKED_AT,
    ) -> None:
        """`kafka`: what clients are constructed with; `sender` is used once the app runs."""
        self._kafka = kafka
        self._sender = sender
        self._clock = clock
        self._default_tenant = default_tenant
        self._looked_at = looked_at
        self._reading = asyncio.Lock()

    async def page(self, wanted: Wanted, limit: int, before: Place | None) -> LetterPage:
        """`limit` letters at most, older than `before`. Raises StreamError."""
        async with self._topic(ANSWER_WITHIN_S) as topic:
            spans = await topic.spans(wanted.since)
            until = _now() + READ_WITHIN_S
            read = await recent(topic, spans, most=self._looked_at, until=until, head=HEAD)
        catalogue = Catalogue(wanted, self._default_tenant)
        catalogue.note(read.found)
        letters = [
            each
            for each in catalogue.newest_first()
            if before is None or place_of(each.letter) < before
        ]
        return LetterPage(letters[:limit], len(letters) > limit, read.complete)

    async def replay(self, where: Where, tenant: str | None, *, again: bool) -> Tried:
        """Send what the letter holds once more, unless that was done before and not `again`.

        `tenant`: whose letter it has to be, None: anybody's. Raises UnknownLetter; NotReplayable
        where it cannot be sent, with the reason; StreamError, after which it may have been sent.
        """
        now = self._clock.now()
        async with self._topic(REPLAY_WITHIN_S) as topic:
            listed = await self._find(topic, where, tenant)
            if listed.replayed_at is not None and not again:
                return Tried(listed, None, listed.replayed_at)
            terms = Terms(now, self._default_tenant, actions=True)
            async for part in replay(topic, [listed.letter], terms, self._sender):
                for refused in part.refused:
                    raise NotReplayable(refused.why)
                return Tried(listed, part.sent[0], now)
        raise UnknownLetter(NO_LETTER)

    async def _find(self, topic: TopicReader, where: Where, tenant: str | None) -> Listed:
        tp = TopicPartition(DEAD_LETTERS, where.partition)
        span = (await topic.spans()).get(tp)
        if span is None or not span.begin <= where.offset < span.end:
            raise UnknownLetter(NO_LETTER)
        source = await _source_at(topic, {tp: Span(where.offset, where.offset + 1)})
        catalogue = Catalogue(Wanted(source=source, tenant=tenant), self._default_tenant)
        async for found in parsed(topic, {tp: Span(where.offset, span.end)}):
            catalogue.note(found)
        for listed in catalogue.newest_first():
            if listed.letter.offset != where.offset:
                raise NotReplayable(f"It was refused again since: replay {listed.letter.id}.")
            return listed
        raise UnknownLetter(NO_LETTER)

    @asynccontextmanager
    async def _topic(self, within_s: float) -> AsyncIterator[TopicReader]:
        try:
            async with (
                asyncio.timeout(within_s),
                self._reading,
                reader(self._kafka, DEAD_LETTERS, FETCHED_BYTES) as topic,
            ):
                yield topic
        except TimeoutError as error:
            raise StreamError(TOO_SLOW.format(seconds=within_s)) from error
        except KafkaError as error:
            raise StreamError(f"Kafka failed: {error!r}.") from error


async def _source_at(topic: TopicReader, spans: Spans) -> str:
    async for found in parsed(topic, spans):
        for each in found:
            if isinstance(each, Letter):
                return each.source
    raise UnknownLetter(NO_LETTER)


def _now() -> float:
    return asyncio.get_running_loop().time()
