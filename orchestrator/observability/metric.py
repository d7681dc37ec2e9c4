"""A row of the table of metrics: what a metric is called, and what it tells."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Self, TypeVar, overload

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from orchestrator.observability.wait_histogram import WaitHistogram

M = TypeVar("M")


class Metric(Generic[M]):
    """One row, an attribute of the table's class; at an object of that class the metric itself.

    `labels`: each with the values that it takes. `of_cluster`: every worker shows the same figure,
    so that their sum would be wrong: take the largest.
    """

    def __init__(
        self,
        kind: str,
        make: Callable[..., M],
        name: str,
        meaning: str,
        labels: Mapping[str, str],
        *,
        of_cluster: bool = False,
        buckets: Sequence[float] = (),
    ) -> None:
        self.kind = kind
        self.name = name
        self.meaning = meaning
        self.labels = labels
        self.of_cluster = of_cluster
        self.buckets = buckets
        self._make = make

    @overload
    def __get__(self, table: None, owner: type) -> Self: ...
    @overload
    def __get__(self, table: object, owner: type) -> M: ...
    def __get__(self, table: object | None, owner: type) -> Self | M:
        # Whoever builds a table puts the metrics into its own attributes, which are found first.
        if table is None:
            return self
        raise AttributeError(f"{self.name} was not built")

    def build(self, registry: CollectorRegistry) -> M:
        """The metric, on a registry."""
        options: dict[str, Any] = {"buckets": self.buckets} if self.buckets else {}
        return self._make(self.name, self.meaning, list(self.labels), registry=registry, **options)


def counter(name: str, meaning: str, *, of_cluster: bool = False, **labels: str) -> Metric[Counter]:
    """What only grows, until the worker is started anew; its name ends in _total."""
    return Metric("counter", Counter, name, meaning, labels, of_cluster=of_cluster)


def gauge(name: str, meaning: str, *, of_cluster: bool = False, **labels: str) -> Metric[Gauge]:
    """What goes up and down."""
    return Metric("gauge", Gauge, name, meaning, labels, of_cluster=of_cluster)


def histogram(
    name: str, meaning: str, buckets: Sequence[float], **labels: str
) -> Metric[Histogram]:
    """How single observations are spread."""
    return Metric("histogram", Histogram, name, meaning, labels, buckets=buckets)


def wait_histogram(
    name: str, meaning: str, buckets: Sequence[float], **labels: str
) -> Metric[WaitHistogram]:
    """The same of waits that come by the batch: one call for all of it."""
    return Metric("histogram", WaitHistogram, name, meaning, labels, buckets=buckets)
