"""Keys go where any other client of Kafka would send them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.stream.partitioner import partition_of

# murmur2 of Kafka's own tests (org.apache.kafka.common.utils.UtilsTest), as signed 32-bit integers.
MURMUR2 = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize(("key", "hashed"), MURMUR2.items())
@pytest.mark.parametrize("count", [1, 6, 7, 48, 1000])
def test_a_key_goes_where_javas_default_partitioner_sends_it(
    key: bytes, hashed: int, count: int
) -> None:
    assert partition_of(key, count) == (hashed & 0x7FFFFFFF) % count


@given(st.binary(), st.integers(1, 512))
def test_every_key_has_a_partition_that_exists(key: bytes, count: int) -> None:
    assert 0 <= partition_of(key, count) < count
    assert partition_of(key, count) == partition_of(bytes(key), count)
