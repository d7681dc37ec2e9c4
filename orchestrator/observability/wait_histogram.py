"""A histogram of waits that is told a whole batch at a time."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class WaitHistogram(Collector):
    """As prometheus_client's, which takes a lock and looks through its buckets for each value.

    Used within one event loop, and read there.
    """

    def __init__(
        self,
        name: str,
        documentation: str,
        labelnames: Sequence[str],
        *,
        buckets: Sequence[float],
        registry: CollectorRegistry,
    ) -> None:
        self._name = name
        self._documentation = documentation
        self._labelnames = tuple(labelnames)
        self._bounds = tuple(buckets)
        self._bounds_ms = tuple(bound * 1000 for bound in buckets)
        self._seen: dict[tuple[str, ...], _Seen] = {}
        registry.register(self)

    def observe_since(self, labels: tuple[str, ...], times_ms: Sequence[int], now_ms: int) -> None:
        """Count how long ago each of these times was. One that is ahead of the clock is no wait.

        No float is made of a time: at a hundred thousand a second each word counts.
        """
        seen = self._seen.get(labels)
        if seen is None:
            seen = self._seen[labels] = _Seen(len(self._bounds))
        ordered, count = sorted(times_ms), len(times_ms)
        for place, bound in enumerate(self._bounds_ms):
            seen.up_to[place] += count - bisect_left(ordered, now_ms - bound)
        ahead = count - bisect_left(ordered, now_ms)
        waited = ordered[: count - ahead] if ahead else ordered
        seen.count += count
        seen.sum += (len(waited) * now_ms - sum(waited)) / 1000

    def describe(self) -> list[HistogramMetricFamily]:
        """The family, empty."""
        return [self._family()]

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """The family as it is now."""
        family = self._family()
        for labels, seen in self._seen.items():
            bounds = map(floatToGoString, self._bounds)
            buckets = [*zip(bounds, map(float, seen.up_to), strict=True), ("+Inf", seen.count)]
            family.add_metric(labels, buckets, seen.sum)
        yield family

    def _family(self) -> HistogramMetricFamily:
        return HistogramMetricFamily(self._name, self._documentation, labels=self._labelnames)


class _Seen:
    """`up_to`: how many were at most as large as each bound."""

    def __init__(self, bounds: int) -> None:
        self.up_to = [0] * bounds
        self.count = 0
        self.sum = 0.0
