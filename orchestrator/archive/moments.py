"""Which offsets hold a range of event time.

A topic knows when a record came, not which time stands in it. Between the two lies at most:
LEAD, by which an event may be ahead of its arrival (five minutes, the bridge's limit) and Kafka's
clock ahead of the bridge's (five more); and LAG, a day, after which an event is late and decides
nothing (`lateness_limit` as shipped), with the same five minutes. An emotional alert or an
assessment is never too late: one that came more than a day after its time is in the span of its
arrival, and may be missing from the span of its time.
"""

from datetime import datetime, timedelta

from orchestrator.archive.source import DatedSource, Span
from orchestrator.core.times import in_utc, micros

CLOCKS_DIFFER = timedelta(minutes=5)
LEAD = timedelta(minutes=5) + CLOCKS_DIFFER
LAG = timedelta(days=1) + CLOCKS_DIFFER


def spans_between(
    source: DatedSource, since: datetime | None = None, until: datetime | None = None
) -> dict[int, Span]:
    """Offsets by partition that hold the events from `since` up to `until` of event time.

    Both aware; None: from the beginning, to the end. There are others among them, which whoever
    reads leaves out by the events' own times. Partitions without any are left out.
    """
    found = {}
    for partition, (first, last) in source.spans().items():
        begin = first if since is None else source.first_at(partition, _millis(since - LEAD))
        end = last if until is None else source.first_at(partition, _millis(until + LAG) + 1)
        span = Span(max(first, begin), min(last, end))
        if span.begin < span.end:
            found[partition] = span
    return found


def _millis(at: datetime) -> int:
    return max(0, micros(in_utc(at)) // 1000)
