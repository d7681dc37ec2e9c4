"""Who is let in while there are no tokens."""

import pytest

from orchestrator.web.access.loopback import OPEN_PATHS, is_loopback, loopback_only

HERE, ELSEWHERE = "127.0.0.1", "192.0.2.7"
TRIGGER = "/internal/trigger"


def refused(
    peer: str | None = HERE,
    host: tuple[str, ...] = ("localhost:8080",),
    path: str = TRIGGER,
    method: str = "POST",
    **headers: str,
) -> str | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return loopback_only(peer, host, named, path, method)


def test_ones_own_machine_may_ask_everything() -> None:
    assert refused() is None
    assert refused(path="/learners/ada/state", method="GET") is None
    assert refused(Accept="*/*", User_Agent="curl/8", Content_Type="application/json") is None


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
def test_every_form_of_loopback_is_ones_own_machine(peer: str) -> None:
    assert is_loopback(peer)
    assert refused(peer) is None


@pytest.mark.parametrize(
    "peer",
    [
        ELSEWHERE,
        "10.0.0.1",
        "172.17.0.1",
        "0.0.0.0",
        "128.0.0.1",
        "::",
        "::2",
        "fe80::1%eth0",
        "::ffff:192.0.2.7",
        "2001:db8::7f00:1",
        "localhost",
        "127.0.0.1.evil.example",
        "0127.0.0.1",
        "",
        None,
    ],
)
def test_any_other_peer_is_refused(peer: str | None) -> None:
    assert "another machine" in str(refused(peer))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", sorted(OPEN_PATHS))
def test_the_probes_and_figures_are_open_to_all(path: str, method: str) -> None:
    assert refused(ELSEWHERE, ("evil.example",), path, method, Forwarded="for=1") is None


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get"])
def test_open_paths_are_open_for_reading_alone(method: str) -> None:
    assert refused(ELSEWHERE, path="/health", method=method) is not None


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/docs",
        "/events",
        "/healthy",
        "/health/",
        "/health/other",
        "/health/../internal/trigger",
        "//health",
        "/HEALTH",
        "/stats/",
        "/metrics/x",
        "/learners/stats",
        "",
    ],
)
def test_no_other_path_is_open(path: str) -> None:
    assert refused(ELSEWHERE, path=path, method="GET") is not None


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8080",
        "localhost.",
        "127.0.0.1",
        "127.0.0.1:9",
        "127.1.2.3",
        "[::1]",
        "[::1]:8080",
        "[::ffff:127.0.0.1]",
    ],
)
def test_a_host_that_names_this_machine_is_let_in(host: str) -> None:
    assert refused(host=(host,)) is None


@pytest.mark.parametrize(
    "host",
    [
        (),
        ("",),
        ("evil.example",),
        ("localhost.evil.example",),
        ("127.0.0.1.evil.example:8080",),
        ("evil.example:localhost",),
        ("localhost@evil.example",),
        ("user:pw@localhost",),
        ("localhost:8080:9090",),
        ("localhost:",),
        ("localhost:port",),
        ("localhost:123456",),
        ("localhost/evil.example",),
        ("localhost, evil.example",),
        (" localhost",),
        ("localhost\n",),
        ("192.0.2.7",),
        ("0.0.0.0",),
        ("127.1",),
        ("2130706433",),
        ("0x7f.0.0.1",),
        ("::1",),
        ("[::1",),
        ("[::2]",),
        ("localhost", "localhost"),
        ("localhost", "evil.example"),
    ],
)
def test_any_other_host_is_refused(host: tuple[str, ...]) -> None:
    assert "Host" in str(refused(host=host))


@pytest.mark.parametrize(
    "name",
    [
        "Forwarded",
        "forwarded",
        "Via",
        "X-Forwarded-For",
        "x-forwarded-host",
        "X-FORWARDED-PROTO",
        "X-Forwarded",
        "X-Real-IP",
        "X-Client-IP",
        "X-Cluster-Client-IP",
        "X-Original-URL",
        "X-Original-Forwarded-For",
        "X-Envoy-External-Address",
        "X-Amzn-Trace-Id",
        "True-Client-IP",
        "CF-Connecting-IP",
        "CF-Ray",
        "Fastly-Client-IP",
        "Proxy-Connection",
    ],
)
@pytest.mark.parametrize("value", ["", "127.0.0.1", "192.0.2.7"])
def test_a_proxy_is_not_ones_own_hand(name: str, value: str) -> None:
    reason = loopback_only(HERE, ["localhost"], {name: value}, TRIGGER, "POST")
    assert "forwarded" in str(reason)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost.evil.example",
        "http://localhost@evil.example",
        "null",
        "",
        "http://192.0.2.7:8080",
        "file://",
    ],
)
def test_a_page_of_another_site_is_refused(origin: str) -> None:
    assert "Origin" in str(refused(Origin=origin))


def test_a_browser_that_says_cross_site_is_refused() -> None:
    assert refused(Sec_Fetch_Site="cross-site") is not None
    assert refused(Sec_Fetch_Site="same-origin") is None


@pytest.mark.parametrize("origin", ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:1"])
def test_a_page_of_this_machine_is_let_in(origin: str) -> None:
    assert refused(Origin=origin) is None
