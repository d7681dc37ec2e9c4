"""What is remembered of each learner, and the counters of each partition (core/fold.py)."""

from orchestrator.stream.app import StreamApp
from orchestrator.stream.tables import PartitionTable
from orchestrator.topics import EVENTS, LEARNER_STATE_CHANGELOG


def learner_state(app: StreamApp) -> PartitionTable:
    """Rows: tenant/learner -> core/state.py; `counters` -> core/counters.py."""
    return app.partition_table("learner_state", changelog=LEARNER_STATE_CHANGELOG, source=EVENTS)
