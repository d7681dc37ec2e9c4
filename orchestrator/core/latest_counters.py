"""A partition's counters as they were last written here, kept decoded beside their bytes.

Nearly every batch finds in its rows the very bytes that the batch before it has made, and to decode
them takes as long as to decide an event. What is kept holds for that one object, and bytes never
change; whatever else stands in the rows is decoded.
"""

from orchestrator.core.counters import DecideCounters, decode_decide_counters, encode_counters

_latest: dict[int, tuple[bytes, DecideCounters]] = {}


def read_counters(raw: bytes | None, partition: int) -> DecideCounters:
    """The counters that `raw` holds (None: none were written yet), for the caller to change."""
    if raw is None:
        return DecideCounters()
    latest = _latest.get(partition)
    if latest is not None and latest[0] is raw:
        return latest[1].copy()
    return decode_decide_counters(raw)


def write_counters(counters: DecideCounters, partition: int) -> bytes:
    """The bytes of the row. From now on nobody may change `counters`."""
    raw = encode_counters(counters)
    _latest[partition] = raw, counters
    return raw
