"""GET /dead-letters and POST /dead-letters/{id}/replay, Kafka played by a fake of the port."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from orchestrator.dead_letters.answering import UnknownLetter, Where
from orchestrator.dead_letters.catalogue import Listed, Wanted
from orchestrator.dialects.replay import NotReplayable
from orchestrator.errors import StreamError
from tests.functional.web.house import NOON, House
from tests.unit.dead_letters.samples import alert, letter_of, refused

MINUTE = timedelta(minutes=1)


def letters(count: int) -> list[Listed]:
    """The newest first, as the port gives them."""
    records = [
        refused(alert(), source=f"redis:s:{n}-0", at=NOON + n * MINUTE, offset=n)
        for n in range(count)
    ]
    return [Listed(letter_of(record)) for record in reversed(records)]


async def ask(client: aiohttp.ClientSession, query: str = "") -> tuple[int, dict[str, Any]]:
    async with client.get(f"/dead-letters{query}") as response:
        return response.status, await response.json(content_type=None)


async def replay(
    client: aiohttp.ClientSession, id_: str, query: str = ""
) -> tuple[int, dict[str, Any]]:
    async with client.post(f"/dead-letters/{id_}/replay{query}") as response:
        return response.status, await response.json(content_type=None)


async def test_a_letter_says_what_it_is_and_whose(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.letters.listed = letters(1)
    status, page = await ask(client)
    (shown,) = page["dead_letters"]
    assert (status, page["has_more"], page["next_cursor"]) == (200, False, None)
    assert (shown["id"], shown["source"], shown["holds"]) == ("0-0", "redis:s:0-0", "event")
    assert (shown["tenant_id"], shown["learner_id"]) == ("tenant-1", "learner-1")
    assert (shown["reason"], shown["refused_at"]) == ("missing field", "2026-03-04T12:00:00Z")
    assert (shown["times"], shown["replayed_at"], shown["is_whole"]) == (1, None, True)


async def test_pages_follow_one_another_however_many_letters_come_meanwhile(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.letters.listed = letters(5)
    _, first = await ask(client, "?limit=2")
    house.letters.listed = letters(9)
    _, second = await ask(client, f"?limit=2&cursor={first['next_cursor']}")
    _, third = await ask(client, f"?limit=2&cursor={second['next_cursor']}")
    ids = [each["id"] for page in (first, second, third) for each in page["dead_letters"]]
    assert ids == ["0-4", "0-3", "0-2", "0-1", "0-0"]
    assert (third["has_more"], third["next_cursor"]) == (False, None)


async def test_what_is_asked_for_is_what_is_looked_for(
    house: House, client: aiohttp.ClientSession
) -> None:
    query = "?reason=unknown+type&tenant_id=t&since=2026-03-04T12:00:00Z&until=2026-03-05T12:00:00Z"
    status, page = await ask(client, query)
    assert status == 200
    assert house.letters.wanted == [
        Wanted(reason="unknown type", tenant="t", since=NOON, until=NOON + timedelta(days=1))
    ]
    assert page["filters_applied"]["reason"] == "unknown type"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?limit=0", "query.limit"),
        ("?limit=201", "query.limit"),
        ("?limit=٣", "query.limit"),
        ("?reason=because", "query.reason"),
        ("?reason=unreadable&reason=unreadable", "query.reason"),
        ("?since=yesterday", "query.since"),
        ("?until=2026-03-04T12:00:00", "query.until"),
        ("?cursor=next", "query.cursor"),
        ("?cursor=" + "9" * 40 + "-1-1", "query.cursor"),
        ("?tenant_id=", "query.tenant_id"),
        ("?offset=1", "query.offset"),
    ],
)
async def test_a_wrong_question_is_told_what_is_wrong(
    client: aiohttp.ClientSession, query: str, field: str
) -> None:
    status, problem = await ask(client, query)
    assert (status, [fault["field"] for fault in problem["errors"]]) == (422, [field])


async def test_while_kafka_gives_nothing_it_says_so(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.letters.fault = StreamError("Kafka did not give the dead letters within 2 s.")
    status, problem = await ask(client)
    assert (status, "within 2 s" in problem["detail"]) == (503, True)


async def test_a_replay_says_what_was_sent(house: House, client: aiohttp.ClientSession) -> None:
    house.letters.listed = letters(3)
    status, done = await replay(client, "0-1", "?again=true")
    assert status == 200
    assert (done["outcome"], done["sent_id"]) == ("sent", "alert-1")
    assert (done["id"], done["topic"]) == ("0-1", "orchestrator.events")
    assert house.letters.tried == [(Where(0, 1), None, True)]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (UnknownLetter("There is no such dead letter."), 404),
        (NotReplayable("it was cut to its first 65,536 bytes"), 409),
        (StreamError("Kafka did not take records"), 503),
    ],
)
async def test_a_replay_that_cannot_be_says_why(
    house: House, client: aiohttp.ClientSession, fault: Exception, expected: int
) -> None:
    house.letters.fault = fault
    status, problem = await replay(client, "0-1")
    assert status == expected
    assert str(fault) in problem["detail"]


@pytest.mark.parametrize("id_", ["1", "a-b", "-1-2", "1-2-3", "1-٣", "9999999999-1"])
async def test_what_is_no_id_is_unknown(
    house: House, client: aiohttp.ClientSession, id_: str
) -> None:
    assert (await replay(client, id_))[0] == 404
    assert house.letters.tried == []


@pytest.mark.parametrize("path", ["/dead-letters", "/dead-letters/0-1/replay"])
async def test_another_machine_sees_and_replays_nothing(
    house: House, client: aiohttp.ClientSession, path: str
) -> None:
    method = client.get if path == "/dead-letters" else client.post
    async with method(path, headers={"Host": "orchestrator"}) as response:
        assert response.status == 403
    assert (house.letters.tried, house.letters.wanted) == ([], [])
