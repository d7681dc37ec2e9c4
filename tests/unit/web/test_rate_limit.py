"""Token buckets, in a time of their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.web.access.authentication import network_of
from orchestrator.web.access.rate_limit import Buckets


def test_a_burst_is_let_through_and_then_so_many_a_second() -> None:
    buckets = Buckets(rate=2, burst=3)
    assert [buckets.take("a", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("a", 0.25) == 0.25
    assert buckets.take("a", 0.5) == 0
    assert buckets.take("a", 0.5) == 0.5


def test_what_is_refused_costs_nothing() -> None:
    buckets = Buckets(rate=1, burst=1)
    buckets.take("a", 0.0)
    for _ in range(100):
        assert buckets.take("a", 0.5) == 0.5
    assert buckets.take("a", 1.0) == 0


def test_silence_fills_a_bucket_and_no_more_than_that() -> None:
    buckets = Buckets(rate=1, burst=2)
    assert [buckets.take("a", 0.0), buckets.take("a", 0.0)] == [0, 0]
    assert [buckets.take("a", 1000.0) for _ in range(3)] == [0, 0, 1.0]


def test_each_key_has_its_own() -> None:
    buckets = Buckets(rate=1, burst=1)
    assert buckets.take("a", 0.0) == 0
    assert buckets.take("b", 0.0) == 0
    assert buckets.take("a", 0.0) == 1


def test_however_many_keys_there_are_memory_is_bounded() -> None:
    buckets = Buckets(rate=1, burst=1, most_keys=10)
    buckets.take("busy", 0.0)
    for number in range(1000):
        buckets.take(f"{number}", 0.0)
        assert buckets.take("busy", 0.0) == 1
    assert len(buckets) == 10


@given(
    st.integers(1, 20),
    st.floats(0.1, 100),
    st.lists(st.floats(0, 10, allow_nan=False), max_size=60),
)
def test_never_more_than_burst_and_rate_allow(burst: int, rate: float, pauses: list[float]) -> None:
    buckets, now, let_in = Buckets(rate, burst), 0.0, 0
    for pause in pauses:
        now += pause
        let_in += buckets.take("a", now) == 0
    assert let_in <= burst + now * rate + 1e-6


@pytest.mark.parametrize(
    ("peer", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_one_machine_is_one_peer(peer: str, network: str) -> None:
    assert network_of(peer) == network
