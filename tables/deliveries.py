"""What waits for each learner at each service, and what has ended (delivery/rows.py)."""

from orchestrator.stream.app import StreamApp
from orchestrator.stream.tables import PartitionTable
from orchestrator.topics import ACTIONS_LEARNER, DELIVERIES_CHANGELOG


def deliveries(app: StreamApp) -> PartitionTable:
    """Rows: <service>:tenant/learner, <service>:tenant/learner/<action id>, <service>#."""
    return app.partition_table("deliveries", changelog=DELIVERIES_CHANGELOG, source=ACTIONS_LEARNER)
