"""The policies that the cluster knows, and by which hashes their texts are recognised."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from orchestrator.comparison.summary import PolicyIdentity
from orchestrator.core.policy_records import decode_policy_text
from orchestrator.read_model.policies import KnownPolicies
from orchestrator.stream.records import RawRecord
from orchestrator.stream.tail import Tail
from orchestrator.topics import POLICIES


class Texts:
    """Follows the topic of the policies; after `start` those are known that stood there."""

    def __init__(self, kafka: Mapping[str, Any]) -> None:
        self.policies = KnownPolicies()
        self._identities: dict[str, PolicyIdentity] = {}
        self._tail = Tail(kafka, partitions=1, whole=[POLICIES], news=[], on_records=self._follow)

    async def start(self) -> None:
        """Begin to follow. Without any policy a worker has not begun yet, and no trial either."""
        await self._tail.start()

    async def stop(self) -> None:
        """End."""
        await self._tail.stop()

    def identity(self, version: str) -> PolicyIdentity:
        """A known policy's identity. Raises KeyError."""
        return self._identities[version]

    def _follow(self, _topic: str, _partition: int, records: list[RawRecord]) -> None:
        for record in records:
            self.policies.on_record(record)
            self._identify(record)

    def _identify(self, record: RawRecord) -> None:
        try:
            text = decode_policy_text(record.value or b"")
        except msgspec.DecodeError:
            return  # on_record has told of it
        version = (record.key or b"").decode()
        hashes = (sha256(each.encode()).hexdigest() for each in (text.policy, text.messages))
        self._identities.setdefault(version, PolicyIdentity(version, *hashes))
