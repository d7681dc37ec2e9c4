"""What the views of the dead letters ask, of a real topic."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from orchestrator.clock import FixedClock
from orchestrator.core.dead_letters import erasure_mark
from orchestrator.core.ids import learner_key
from orchestrator.dead_letters.answering import DeadLetters, UnknownLetter, Where
from orchestrator.dead_letters.catalogue import Listed, Wanted, place_of
from orchestrator.dialects.replay import NotReplayable
from orchestrator.errors import StreamError
from orchestrator.operations.sending import sender
from orchestrator.stream.records import Record
from orchestrator.topics import DEAD_LETTERS, EVENTS
from tests.integration.operations.conftest import Cluster
from tests.unit.dead_letters.samples import NOON, alert, refused

MINUTE = timedelta(minutes=1)


class Asked:
    """The letters of a cluster, a question a call: none of them keeps a connection."""

    def __init__(self, kafka: Mapping[str, Any], **settings: Any) -> None:
        self._kafka = kafka
        self._settings = {"clock": FixedClock(NOON), "default_tenant": None} | settings

    async def newest(self, tenant: str, **wanted: Any) -> list[Listed]:
        async with sender(self._kafka) as sending:
            letters = DeadLetters(self._kafka, sending, **self._settings)
            return (await letters.page(Wanted(tenant=tenant, **wanted), 200, None)).letters

    async def replay(self, listed: Listed, tenant: str, *, again: bool = False) -> str | None:
        async with sender(self._kafka) as sending:
            letters = DeadLetters(self._kafka, sending, **self._settings)
            where = Where(listed.letter.partition, listed.letter.offset)
            tried = await letters.replay(where, tenant, again=again)
            return None if tried.sent is None else tried.sent.id


def letter(tenant: str, number: int, learner: str = "anna", raw: bytes | None = None) -> Record:
    """A good event that was refused (a wrong deployment, say), unless bytes are given."""
    value = raw if raw is not None else alert(id=f"{tenant}-{number}", tenant_id=tenant,
                                              learner_id=learner)  # fmt: skip
    made = refused(value, source=f"redis:{tenant}:{number}-0", at=NOON + number * MINUTE)
    return Record(made.key, made.value, made.headers)


def sources(found: list[Listed]) -> list[str]:
    return [each.letter.source for each in found]


async def test_they_come_newest_first_from_all_partitions_and_only_the_tenants(
    cluster: Cluster,
) -> None:
    await cluster.put_now(DEAD_LETTERS, *(letter("page", n) for n in range(20)))
    await cluster.put_now(DEAD_LETTERS, letter("other", 3))
    asked = Asked(cluster.client_settings)
    found = await asked.newest("page")
    assert sources(found) == [f"redis:page:{n}-0" for n in reversed(range(20))]
    assert len({each.letter.partition for each in found}) > 1
    within = {"since": NOON + 5 * MINUTE, "until": NOON + 7 * MINUTE}
    assert sources(await asked.newest("page", **within)) == ["redis:page:6-0", "redis:page:5-0"]


async def test_pages_together_are_all_of_them_in_order(cluster: Cluster) -> None:
    await cluster.put_now(DEAD_LETTERS, *(letter("cut", n) for n in range(7)))
    async with sender(cluster.client_settings) as sending:
        letters = DeadLetters(
            cluster.client_settings, sending, clock=FixedClock(NOON), default_tenant=None
        )
        found, before, more = [], None, True
        while more:
            page = await letters.page(Wanted(tenant="cut"), 3, before)
            found += sources(page.letters)
            before, more = place_of(page.letters[-1].letter), page.more
    assert found == [f"redis:cut:{n}-0" for n in reversed(range(7))]


async def test_what_is_beyond_the_newest_is_said_to_be_there(cluster: Cluster) -> None:
    await cluster.put_now(DEAD_LETTERS, *(letter("many", n) for n in range(80)), partition=2)
    async with sender(cluster.client_settings) as sending:
        letters = DeadLetters(
            cluster.client_settings, sending, clock=FixedClock(NOON), default_tenant=None,
            looked_at=60,
        )  # fmt: skip
        page = await letters.page(Wanted(tenant="many"), 200, None)
    assert not page.complete
    assert sources(page.letters)[0] == "redis:many:79-0"
    assert len(page.letters) < 80


async def test_a_replay_sends_it_once_and_says_so_from_then_on(cluster: Cluster) -> None:
    await cluster.put_now(DEAD_LETTERS, letter("once", 1))
    asked = Asked(cluster.client_settings)
    (listed,) = await asked.newest("once")
    assert await asked.replay(listed, "once") == "once-1"
    assert await asked.replay(listed, "once") is None
    assert len(await cluster.keyed_now(EVENTS, b"once/")) == 1
    assert await asked.replay(listed, "once", again=True) == "once-1"
    assert [each.replayed_at for each in await asked.newest("once")] == [NOON]


async def test_what_cannot_be_replayed_says_why_and_of_another_tenant_nothing_is_said(
    cluster: Cluster,
) -> None:
    bad = alert(id="b", tenant_id="bad", learner_id=None)
    await cluster.put_now(DEAD_LETTERS, letter("bad", 1, raw=bad))
    asked = Asked(cluster.client_settings)
    (listed,) = await asked.newest("bad")
    with pytest.raises(NotReplayable, match="learner_id"):
        await asked.replay(listed, "bad")
    with pytest.raises(UnknownLetter):
        await asked.replay(listed, "good")
    beyond = listed._replace(letter=listed.letter._replace(offset=10**9))
    with pytest.raises(UnknownLetter):
        await asked.replay(beyond, "bad")


async def test_one_that_was_refused_again_since_is_replayed_where_it_stands_now(
    cluster: Cluster,
) -> None:
    await cluster.put_now(DEAD_LETTERS, letter("twice", 1))
    asked = Asked(cluster.client_settings)
    (first,) = await asked.newest("twice")
    await cluster.put_now(DEAD_LETTERS, letter("twice", 1))
    (second,) = await asked.newest("twice")
    assert second.times == 2
    with pytest.raises(NotReplayable, match=second.letter.id):
        await asked.replay(first, "twice")


async def test_of_an_erased_learner_only_what_was_refused_since_is_there(cluster: Cluster) -> None:
    await cluster.put_now(DEAD_LETTERS, letter("left", 1), letter("left", 2, "ben"))
    asked = Asked(cluster.client_settings)
    before = {each.letter.source: each for each in await asked.newest("left")}
    mark = Record(*erasure_mark(learner_key("left", "anna"), NOON))
    for partition in range(12):
        await cluster.put_now(DEAD_LETTERS, mark, partition=partition)
    await cluster.put_now(DEAD_LETTERS, letter("left", 3))
    assert sources(await asked.newest("left")) == ["redis:left:3-0", "redis:left:2-0"]
    with pytest.raises(UnknownLetter):
        await asked.replay(before["redis:left:1-0"], "left")


async def test_while_kafka_is_away_it_says_so_in_time() -> None:
    nowhere = {"bootstrap_servers": "127.0.0.1:1"}
    letters = DeadLetters(nowhere, NoSender(), clock=FixedClock(NOON), default_tenant=None)
    with pytest.raises(StreamError):
        await letters.page(Wanted(), 20, None)


class NoSender:
    """Nothing is sent."""

    async def send(self, topic: str, records: object, *, partition: int | None = None) -> None:
        raise AssertionError(topic)
