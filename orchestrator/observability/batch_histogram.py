"""A histogram that is told a whole batch at a time."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class BatchHistogram(Collector):
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
        self._seen: dict[tuple[str, ...], _Seen] = {}
        registry.register(self)

    def observe_all(self, labels: tuple[str, ...], values: Sequence[float]) -> None:
        """Count all `values`, in any order; sorted ones are counted fastest."""
        seen = self._seen.get(labels)
        if seen is None:
            seen = self._seen[labels] = _Seen(len(self._bounds))
        ordered = sorted(values)
        for place, bound in enumerate(self._bounds):
            seen.up_to[place] += bisect_right(ordered, bound)
        seen.count += len(ordered)
        seen.sum += sum(ordered)

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
