"""Whether the member is in touch with its group, or only its client believes so.

After Kafka was away, aiokafka has been seen not to look for its group's coordinator any more: it
fetches and writes as before, sends no heartbeats, and says nothing. The group gives its partitions
to another member, and two decide. So whoever knows of no coordinator, while Kafka names one to
anybody who asks, is to be started again before its session has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import KafkaError

from orchestrator.errors import StreamError

ASK_WITHIN_S = 2.0
PATIENCE = 3
"""So often, a second apart, Kafka names the coordinator while the client has none."""


class Touch:
    """Asked once a second; see the module."""

    def __init__(self, bootstrap_servers: Sequence[str], group: str) -> None:
        self._servers = list(bootstrap_servers)
        self._group = group
        self._told = 0

    async def check(self, client: AIOKafkaConsumer) -> None:
        """Raise StreamError if the client has lost its group and does not find back to it."""
        if client._coordinator.coordinator_id is not None:  # noqa: SLF001 - there is no public word
            self._told = 0
            return
        self._told += await self._kafka_tells()
        if self._told >= PATIENCE:
            raise StreamError(
                f"Kafka names the coordinator of group {self._group} to whoever asks, and this "
                "worker's client does not find it: it is out of its group without knowing, and is "
                "to be started again"
            )

    async def _kafka_tells(self) -> bool:
        asking = AIOKafkaClient(bootstrap_servers=self._servers)
        try:
            async with asyncio.timeout(ASK_WITHIN_S):
                await asking.bootstrap()
                await asking.coordinator_lookup(CoordinationType.GROUP, self._group)
        except (KafkaError, TimeoutError):
            return False
        else:
            return True
        finally:
            await asking.close()
