"""How many rows of actions that wait there are, of each service."""

from collections import Counter
from collections.abc import Mapping

from orchestrator.core.actions import Service
from orchestrator.delivery.rows import RowKeys, decode_waiting

_KEYS = {service: RowKeys(service) for service in Service}


def waits_at(row_key: bytes, raw: bytes | None) -> Service | None:
    """At which service a row's action waits; None for any other row, and one that is gone.

    None, too, for an action that was asked for by hand once more: it has ended before. Raises
    msgspec.DecodeError.
    """
    if raw is None:
        return None
    for service, keys in _KEYS.items():
        if keys.waits_for(row_key) is not None:
            return None if decode_waiting(raw).replays else service
    return None


def count_waiting(rows: Mapping[bytes, bytes]) -> Counter[Service]:
    """The rows of a partition."""
    found = (waits_at(row_key, raw) for row_key, raw in rows.items())
    return Counter(service for service in found if service is not None)


def growth(
    before: Mapping[bytes, bytes], changes: Mapping[bytes, bytes | None]
) -> dict[Service, int]:
    """By how much the counts change when `changes` are made to the rows `before`; no zeros."""
    grown: Counter[Service] = Counter()
    for row_key, raw in changes.items():
        if (service := waits_at(row_key, raw)) is not None:
            grown[service] += 1
        if (service := waits_at(row_key, before.get(row_key))) is not None:
            grown[service] -= 1
    return {service: count for service, count in grown.items() if count}
