"""Asking another worker, in the name of a client who asked this one."""

from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp
import structlog
from aiohttp import web
from yarl import URL

from orchestrator.web.access.loopback import is_loopback
from orchestrator.web.access.workers import HOP_HEADER, on_behalf_of
from orchestrator.web.caller import Caller
from orchestrator.web.problems import Problem

log = structlog.stdlib.get_logger(__name__)

ANSWER_WITHIN_S = 2.0
RETRY_AFTER = {"Retry-After": "2"}
"""About as long as partitions take to find their next owner once somebody has left."""

OWNER_HEADER = "Orchestrator-Partition"
"""On each answer of an owner: the partition that it has answered from."""

FACTS = frozenset({HTTPStatus.OK, HTTPStatus.NOT_FOUND})
"""Passed on from an owner alone: whatever else listens there knows nothing of the learner."""

PASSED_ON = frozenset(
    {
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.SERVICE_UNAVAILABLE,
    }
)
REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})

SEVERAL_MACHINES = (
    "Workers on several machines need WEB_BIND or ADVERTISED_URL, so that they reach one another, "
    "and the same CLUSTER_TOKEN."
)


class Question(NamedTuple):
    """What is asked: `path` encoded, with its query; `body` is JSON."""

    method: str
    path: str
    body: bytes | None = None


class Relay:
    """A worker's client for the others. It asks once, and waits ANSWER_WITHIN_S for the answer."""

    def __init__(
        self, own_url: str, token: str | None, answer_within: float = ANSWER_WITHIN_S
    ) -> None:
        """`token`: CLUSTER_TOKEN; without it only workers on this machine are asked."""
        self._own_url = own_url
        self._token = token
        self._answer_within = answer_within
        self._session: aiohttp.ClientSession | None = None

    async def stop(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()

    async def ask(self, url: str | None, question: Question, caller: Caller) -> web.Response:
        """What the worker at `url` answers `caller`, as it is. Raises Problem 503 if it does not.

        What the caller may ask has been seen to; the caller's tenant goes along.
        """
        if url is None:
            raise _for_now("It is not settled yet which worker has this learner.")
        if url == self._own_url:
            raise _for_now(f"This learner is on the way to the worker at {url}.")
        if self._token is None and not _is_here(url):
            detail = f"This learner is another worker's, at {url}: set the same CLUSTER_TOKEN"
            raise Problem(503, f"{detail} for all workers, so that they may ask one another.")
        try:
            return await self._answer(url, question, caller)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.info("another worker did not answer", url=url, fault=type(error).__name__)
            raise _for_now(
                f"The worker that has this learner, at {url}, did not answer."
            ) from error

    async def _answer(self, url: str, question: Question, caller: Caller) -> web.Response:
        async with self._open().request(
            question.method,
            URL(url + question.path, encoded=True),
            data=question.body,
            headers=self._headers(question, caller),
            allow_redirects=False,
        ) as answer:
            is_fact = answer.status in FACTS and OWNER_HEADER in answer.headers
            if not is_fact and answer.status not in PASSED_ON:
                raise _no_owner(url, answer.status)
            return await _passed_on(answer)

    def _headers(self, question: Question, caller: Caller) -> dict[str, str]:
        headers = {HOP_HEADER: on_behalf_of(caller)}
        if question.body is not None:
            headers["Content-Type"] = "application/json"
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        return headers

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._answer_within),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


async def _passed_on(answer: aiohttp.ClientResponse) -> web.Response:
    kept = ("Retry-After", OWNER_HEADER)
    return web.Response(
        status=answer.status,
        body=await answer.read(),
        content_type=answer.content_type,
        headers={name: answer.headers[name] for name in kept if name in answer.headers},
    )


def _for_now(sentence: str) -> Problem:
    return Problem(503, f"{sentence} Try again. If it lasts: {SEVERAL_MACHINES}", (), RETRY_AFTER)


def _no_owner(url: str, status: int) -> Problem:
    """The answer of who is no worker of ours, or does not take us for one of its own."""
    log.warning("another worker refused a question", url=url, status=status)
    if status in REFUSED:
        detail = f"The worker that has this learner, at {url}, took us for a stranger: set the same"
        return Problem(503, f"{detail} CLUSTER_TOKEN for all workers.")
    return _for_now(f"The worker that has this learner, at {url}, answered {status}.")


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host == "localhost" or is_loopback(host)
