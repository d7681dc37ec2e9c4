"""How many fields of an event nobody knows, counted once for all events of one make."""

from orchestrator.core.event_codec import unknown_fields
from orchestrator.dialects.json_object import JsonObject

REMEMBERED = 1_024
"""Makes; a producer that invents names at every event begins the memory anew, and no more."""

LONGEST_REMEMBERED = 64
"""Names in a make: more are counted each time."""

Make = tuple[object, ...]


class UnknownFields:
    """Counts them. The names in an event, not their values, decide which are unknown; and a
    producer's events have few makes: most counts are one look into a dict.
    """

    def __init__(self) -> None:
        self._counts: dict[Make, int] = {}

    @property
    def remembered(self) -> int:
        """How many makes are known now."""
        return len(self._counts)

    def count(self, canonical: JsonObject) -> int:
        """The number of fields of `canonical`, an object that was read, that its type lacks."""
        make = _make(canonical)
        known = self._counts.get(make)
        return self._learn(make, canonical) if known is None else known

    def _learn(self, make: Make, canonical: JsonObject) -> int:
        count = len(unknown_fields(canonical))
        if len(make) <= LONGEST_REMEMBERED:
            if len(self._counts) >= REMEMBERED:
                self._counts.clear()
            self._counts[make] = count
        return count


def _make(canonical: JsonObject) -> Make:
    """The type, and the names at each level at which an event may have any."""
    data = canonical.get("data")
    if not isinstance(data, dict):
        return (canonical["type"], *canonical)
    objects = [(name, *value) for name, value in data.items() if isinstance(value, dict)]
    return (canonical["type"], *canonical, None, *data, *objects)
