"""One attempt at a real server: what comes back is always a verdict."""

import asyncio
import gzip
import logging
import socket
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from orchestrator.clock import FixedClock
from orchestrator.core.actions import ActionType, Service
from orchestrator.delivery.calls import call_for
from orchestrator.delivery.client import Limits, ServiceClient
from orchestrator.delivery.health import HealthStatus
from orchestrator.delivery.verdicts import BODY_LIMIT, Kind, Verdict
from orchestrator.errors import InvalidSettings
from tests.integration.delivery.downstream import (
    Downstream,
    broken_body,
    dripping_body,
    lost,
    running,
    silent,
    status,
    stuck_body,
    talking,
)
from tests.unit.delivery.samples import action

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CALL = call_for(action(ActionType.LEVEL_SUGGESTED))
SHORT = Limits(connect=0.5, read=1.0, total=1.5)
TOKEN = "s3cr3t-t0k3n"


def client(url: str, token: str | None = None, limits: Limits | None = None) -> ServiceClient:
    return ServiceClient(
        Service.LEARNER, url, clock=FixedClock(NOW), token=token, limits=limits or Limits()
    )


async def sent(url: str, limits: Limits | None = None) -> Verdict:
    async with client(url, limits=limits) as one:
        return await one.send(CALL)


async def test_the_call_arrives_as_it_was_made(downstream: Downstream) -> None:
    verdict = await sent(downstream.url)
    assert (verdict.kind, verdict.status, verdict.body) == (Kind.DELIVERED, 200, b"{}")
    (received,) = downstream.received
    assert (received.method, received.path, received.body) == (CALL.method, CALL.path, CALL.body)
    assert CALL.headers.items() <= dict(received.headers).items()
    assert "Authorization" not in received.headers


@pytest.mark.parametrize(
    "learner", ["a/b c?#%", "../../x", "a%2Fb", "@:!$&'()*+,;=~[]", "José\r\n", "\\", "%", "a//b"]
)
async def test_any_learner_id_arrives_as_one_segment(downstream: Downstream, learner: str) -> None:
    async with client(downstream.url) as one:
        await one.send(call_for(action(ActionType.LEVEL_SUGGESTED, learner=learner)))
    segments = downstream.received[0].path.split("/")
    assert [unquote(part) for part in segments] == ["", "api", "learners", learner, "level"]


async def test_a_path_in_the_address_stands_before_the_route(downstream: Downstream) -> None:
    await sent(downstream.url + "/learner-svc/")
    assert downstream.received[0].path == "/learner-svc" + CALL.path


async def test_the_token_is_sent_and_told_to_nobody_else(
    downstream: Downstream, caplog: pytest.LogCaptureFixture
) -> None:
    downstream.script = [status(200), status(401), lost]
    with caplog.at_level(logging.DEBUG):
        async with client(downstream.url, token=TOKEN) as one:
            verdicts = [await one.send(CALL) for _ in range(3)]
            told = f"{verdicts}{one!r}{one.health()}{caplog.text}"
    assert [one.headers["Authorization"] for one in downstream.received] == [f"Bearer {TOKEN}"] * 3
    assert TOKEN not in told


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (200, Kind.DELIVERED),
        (204, Kind.DELIVERED),
        (409, Kind.DELIVERED),
        (400, Kind.REJECTED),
        (404, Kind.REJECTED),
        (408, Kind.RETRY),
        (429, Kind.RETRY),
        (500, Kind.RETRY),
        (503, Kind.RETRY),
    ],
)
async def test_a_status_has_its_verdict(downstream: Downstream, code: int, kind: Kind) -> None:
    downstream.script = [status(code)]
    verdict = await sent(downstream.url)
    assert (verdict.kind, verdict.status) == (kind, code)


@pytest.mark.parametrize("header", ["40", "Mon, 02 Mar 2026 09:00:40 GMT"])
async def test_retry_after_is_read(downstream: Downstream, header: str) -> None:
    downstream.script = [status(429, Retry_After=header)]
    assert (await sent(downstream.url)).retry_after == 40.0


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_host_is_not_followed(
    downstream: Downstream, code: int
) -> None:
    async with running(Downstream()) as other:
        downstream.script = [status(code, Location=other.url + "/steal")]
        async with client(downstream.url, token=TOKEN) as one:
            verdict = await one.send(CALL)
        assert verdict.kind is Kind.REJECTED
        assert (
            verdict.detail
            == f"answered {code}, a redirect to another host, {other.host}, not followed"
        )
        assert other.received == []
    assert len(downstream.received) == 1


async def test_a_redirect_on_the_same_host_is_not_followed_either(downstream: Downstream) -> None:
    downstream.script = [status(307, Location="/elsewhere")]
    assert (await sent(downstream.url)).kind is Kind.REJECTED
    assert len(downstream.received) == 1


async def test_a_reset_is_a_verdict(downstream: Downstream) -> None:
    downstream.script = [lost]
    verdict = await sent(downstream.url)
    assert (verdict.kind, verdict.reason, verdict.status) == (Kind.RETRY, "reset", None)


async def test_a_put_on_a_connection_that_dies_is_not_repeated_behind_our_back(
    downstream: Downstream,
) -> None:
    downstream.script = [status(200), lost]
    async with client(downstream.url) as one:
        kinds = [(await one.send(CALL)).kind for _ in range(2)]
    assert kinds == [Kind.DELIVERED, Kind.RETRY]
    assert len(downstream.received) == 2


async def test_silence_is_a_timeout(downstream: Downstream) -> None:
    downstream.script = [silent]
    verdict = await sent(downstream.url, SHORT)
    assert (verdict.kind, verdict.reason) == (Kind.RETRY, "timeout")


async def test_a_head_that_drips_ends_at_the_total_limit() -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"X: y\r\n")
            await asyncio.sleep(0.05)

    async with talking(drip) as host:
        verdict = await sent(f"http://{host}", SHORT)
    assert (verdict.kind, verdict.reason) == (Kind.RETRY, "timeout")


async def test_nobody_there_is_unreachable() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        verdict = await sent(f"http://127.0.0.1:{bound.getsockname()[1]}")
    assert (verdict.kind, verdict.reason) == (Kind.RETRY, "unreachable")


async def test_a_handshake_that_hangs_is_unreachable() -> None:
    async def wait(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with talking(wait) as host:
        verdict = await sent(f"https://{host}", SHORT)
    assert (verdict.kind, verdict.reason) == (Kind.RETRY, "unreachable")


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    ],
    ids=["another protocol", "a huge header", "no status", "a negative length"],
)
async def test_what_is_not_http_is_garbled(said: bytes) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)

    async with talking(say) as host:
        verdict = await sent(f"http://{host}")
    assert (verdict.kind, verdict.reason) == (Kind.RETRY, "garbled")


async def test_a_huge_body_is_cut_and_the_next_call_goes_through(downstream: Downstream) -> None:
    downstream.script = [status(404, body=b"x" * 10_000_000)]
    async with client(downstream.url) as one:
        first, second = await one.send(CALL), await one.send(CALL)
    assert (first.kind, len(first.body)) == (Kind.REJECTED, BODY_LIMIT)
    assert "(body cut)" in first.detail
    assert second.kind is Kind.DELIVERED


async def test_a_body_at_the_limit_is_whole(downstream: Downstream) -> None:
    downstream.script = [status(400, body=b"x" * BODY_LIMIT)]
    verdict = await sent(downstream.url)
    assert len(verdict.body) == BODY_LIMIT
    assert "cut" not in verdict.detail


async def test_a_compressed_body_is_not_unpacked(downstream: Downstream) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    downstream.script = [status(400, body=bomb, Content_Encoding="gzip")]
    assert (await sent(downstream.url)).body == bomb[:BODY_LIMIT]


async def test_a_body_that_never_ends_does_not_undo_the_status(downstream: Downstream) -> None:
    downstream.script = [stuck_body, dripping_body, broken_body]
    async with client(downstream.url, limits=SHORT) as one:
        stuck, dripping, broken = [await one.send(CALL) for _ in range(3)]
    assert (stuck.kind, stuck.body) == (Kind.DELIVERED, b"a piece")
    assert (dripping.kind, set(dripping.body)) == (Kind.DELIVERED, {ord(".")})
    assert (broken.kind, broken.body) == (Kind.REJECTED, b"a piece")


async def test_connections_are_kept_and_cookies_are_not(downstream: Downstream) -> None:
    downstream.script = [status(200, Set_Cookie="session=1")]
    # By name: a cookie of a bare address would not be kept in any case.
    async with client(downstream.url.replace("127.0.0.1", "localhost")) as one:
        for _ in range(3):
            await one.send(CALL)
    assert all("Cookie" not in received.headers for received in downstream.received)
    assert len({received.peer for received in downstream.received}) == 1


async def test_health_follows_the_attempts(downstream: Downstream) -> None:
    downstream.script = [status(200), status(500), lost]
    async with client(downstream.url) as one:
        states = [one.health().status]
        for _ in range(4):
            await one.send(CALL)
            states.append(one.health().status)
    assert states == [
        HealthStatus.UNKNOWN,
        HealthStatus.HEALTHY,
        HealthStatus.DEGRADED,
        HealthStatus.DEGRADED,
        HealthStatus.HEALTHY,
    ]


async def test_a_cancelled_attempt_closes_its_connection_and_is_not_noted(
    downstream: Downstream,
) -> None:
    downstream.script = [silent]
    async with client(downstream.url) as one:
        sending = asyncio.create_task(one.send(CALL))
        await downstream.arrived(1)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        async with asyncio.timeout(10):
            assert await downstream.broken_off.get() == CALL.headers["Idempotency-Key"]
        assert one.health().status is HealthStatus.UNKNOWN


async def test_a_client_that_is_not_open_says_so() -> None:
    with pytest.raises(RuntimeError, match="not open"):
        await client("http://127.0.0.1").send(CALL)


@pytest.mark.parametrize(
    "url",
    ["", "learner-svc:8080", "ftp://learner-svc", "http://", "http://u:p@host", "http://h/?a=b"],
)
def test_an_address_that_is_none_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InvalidSettings, match="the URL of learner-svc") as refused:
        client(url)
    assert "u:p" not in str(refused.value)
