"""What is to be compared, on which records: all that a process needs to know."""

from collections.abc import Callable, Mapping
from typing import Protocol

from msgspec import Struct, field

from orchestrator.archive.source import Span
from orchestrator.archive.tenants import Tenants
from orchestrator.comparison.labels import Labels
from orchestrator.comparison.pair import ALWAYS
from orchestrator.core.policy import Policy


class Loadable(Protocol):
    """A policy as it goes to another process: its texts (core/policy_records.PolicyText)."""

    def load_earlier(self) -> Policy:
        """The policy."""
        ...


class Order(Struct, frozen=True, kw_only=True):
    """Hold `candidate` against `base` on the records of `spans`.

    `since`, `until`: the range of event time in microseconds, without `until` itself. What is in
    the spans from before `since` warms up. `tenants`: only these; none: all. `labels`: what should
    have been given. `from_snapshot`: partitions whose learners begin as the source knows them to
    have been; in all others nothing is known of anybody.
    """

    base: Loadable
    candidate: Loadable
    spans: Mapping[int, Span]
    since: int = ALWAYS
    until: int | None = None
    tenants: tuple[str, ...] = ()
    labels: Labels = field(default_factory=dict)
    from_snapshot: frozenset[int] = frozenset()

    @property
    def records(self) -> int:
        """How many offsets there are."""
        return sum(span.end - span.begin for span in self.spans.values())

    def chosen(self) -> Callable[[bytes], bool] | None:
        """Whether a learner is meant, by the Kafka key; None: all are."""
        return Tenants(self.tenants).have if self.tenants else None
