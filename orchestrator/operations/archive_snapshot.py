"""The learners' states before a span of the events topic, by deciding all that stands before it.

The changelog of the states knows the latest only; so this is the one way that is exact.
"""

from collections.abc import Callable

from orchestrator.archive.source import DatedSource, Span
from orchestrator.errors import OrchestratorError
from orchestrator.retrace.replay import Replay, policies_of


def states_before(
    source: DatedSource, partition: int, span: Span, tell: Callable[[int], None]
) -> dict[bytes, bytes]:
    """The rows as they were before `span.begin`, the counters among them.

    Raises OrchestratorError if the topic no longer begins with its first record (and the source
    has no states of its own either), and what a replay
    raises.
    """
    first, rows = source.spans()[partition].begin, source.states(partition)
    if first > 0 and rows is None:
        raise OrchestratorError(
            f"Partition {partition} begins at {first:,}: what was decided before is deleted, so"
            " that states cannot be known exactly. Export without --with-states; whoever tries a"
            " policy out then begins with a warm-up."
        )
    replay = Replay(partition, policies_of(source), rows)
    before = Span(first, span.begin)
    if before.begin < before.end:
        for chunk in source.chunks(partition, before):
            replay.take(chunk)
            tell(len(chunk.offsets))
    return replay.rows
