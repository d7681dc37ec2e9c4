"""The policies that the cluster knows, by version: fed with the topic of the policies."""

import asyncio
from collections.abc import Mapping

import msgspec
import structlog

from orchestrator.core.policy import Policy
from orchestrator.core.policy_records import decode_policy_text
from orchestrator.errors import InvalidPolicy, UnknownPolicy
from orchestrator.stream.records import RawRecord

log = structlog.get_logger(__name__)

PATIENCE_S = 30.0
"""How long a policy may be asked for in a partition before its text has been seen here."""


class KnownPolicies:
    """`known` by version; `first` is the one that stood first in the topic."""

    def __init__(self) -> None:
        self._known: dict[str, Policy] = {}
        self._news = asyncio.Event()

    @property
    def known(self) -> Mapping[str, Policy]:
        """The policies by version, in the order in which they came to be known."""
        return self._known

    @property
    def first(self) -> str:
        """The version that partitions begin under. Raises StopIteration while none is known."""
        return next(iter(self._known))

    def on_record(self, record: RawRecord) -> None:
        """Take a policy's text; one that this program cannot read is told of, and left."""
        try:
            policy = decode_policy_text(record.value or b"").load_earlier()
        except (msgspec.DecodeError, InvalidPolicy) as error:
            log.error("a policy is unreadable", version=str(record.key), error=str(error))  # noqa: TRY400
            return
        self._known.setdefault(policy.version, policy)
        self._news.set()

    async def wait_for(self, version: str) -> None:
        """Return when the policy is known. Raises UnknownPolicy after PATIENCE_S."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while version not in self._known:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise UnknownPolicy(version) from None
