"""Where a key goes."""

from functools import lru_cache

from aiokafka.partitioner import murmur2


@lru_cache(maxsize=65_536)
def partition_of(key: bytes, count: int) -> int:
    """Kafka's default partitioner: murmur2 of the key, made positive, modulo `count`."""
    return int(murmur2(key) & 0x7FFFFFFF) % count
