"""Which records are of some tenants."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from orchestrator.archive.selecting import chunk_without
from orchestrator.archive.source import Chunk
from orchestrator.core.fold import COUNTERS_KEY
from orchestrator.core.policy_records import CONTROL_KEY

NOBODYS = (CONTROL_KEY, COUNTERS_KEY)
"""The keys of what is no learner's, and goes with every tenant."""


@dataclass(frozen=True)
class Tenants:
    """Some tenants; none: all there are."""

    names: tuple[str, ...] = ()

    def have(self, key: bytes | None) -> bool:
        """Whether a record or a row of this key is one of theirs, or nobody's."""
        if not self.names or key in NOBODYS:
            return True
        return key is not None and key.partition(b"/")[0] in self._quoted

    def of(self, chunk: Chunk) -> Chunk:
        """What of a chunk is theirs."""
        if not self.names:
            return chunk
        return chunk_without(chunk, [not self.have(key) for key in chunk.keys])

    @cached_property
    def _quoted(self) -> frozenset[bytes]:
        return frozenset(quote(name, safe="").encode() for name in self.names)
