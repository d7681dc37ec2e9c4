"""Who owns a partition of the lanes topic reads the stream of that number."""

from orchestrator.bridge.bridge import Bridge


class LaneClaim:
    """The claim on the lanes topic: partition i is stream i."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    async def acquire(self, partition: int) -> None:
        """Begin to read."""
        await self._bridge.start_lane(partition)

    async def release(self, partition: int) -> None:
        """Finish the batch in flight, and stop."""
        await self._bridge.stop_lane(partition)
