"""The learners whose partition is this worker's, as they are now; and who has the others."""

from typing import NamedTuple, Protocol

from orchestrator.core.canary import Canary
from orchestrator.core.fold import load_counters
from orchestrator.core.ids import learner_key
from orchestrator.core.policy import Policy
from orchestrator.core.state import LearnerState, decode_state
from orchestrator.errors import OwnershipLost, StreamError, UnknownPolicy
from orchestrator.read_model.policies import KnownPolicies
from orchestrator.stream.app import StreamApp
from orchestrator.stream.partitioner import partition_of
from orchestrator.stream.tables import PartitionTable
from orchestrator.topics import EVENTS

SETTLED_WITHIN_S = 1.0
"""How long a question waits for a batch under way: normally milliseconds."""


class Present(NamedTuple):
    """What a learner's next event would be decided on.

    `state` None: never heard of; blank: nothing is known, or nothing any more.
    """

    partition: int
    state: LearnerState | None
    policy: Policy


class PolicyInForce(Protocol):
    """Knows by which policy a learner is decided."""

    def policy(self, partition: int, key: bytes) -> Policy:
        """The policy for the next event of a learner of the partition, by their key.

        Raises OwnershipLost where the partition is another worker's, UnknownPolicy if the policy's
        text has not been seen yet.
        """
        ...


class PartitionPolicies:
    """Implements PolicyInForce: each partition's counters say what has come into force there."""

    def __init__(self, states: PartitionTable, policies: KnownPolicies) -> None:
        self._states = states
        self._policies = policies

    def policy(self, partition: int, key: bytes) -> Policy:
        """See PolicyInForce."""
        counters = load_counters(self._states.partition(partition))
        if (started := counters.canary) is not None:
            canary = Canary(started, self._known(started.version))
            if canary.has(key):
                return canary.policy
        return self._known(counters.policy or self._policies.first)

    def _known(self, version: str) -> Policy:
        try:
            return self._policies.known[version]
        except KeyError:
            raise UnknownPolicy(version) from None


class OwnLearners:
    """Reads the table that the agent decides on; changes nothing."""

    def __init__(
        self,
        app: StreamApp,
        states: PartitionTable,
        policies: PolicyInForce,
        partitions: int,
        settled_within: float = SETTLED_WITHIN_S,
    ) -> None:
        """`partitions`: how many the events have."""
        self._app = app
        self._states = states
        self._policies = policies
        self._partitions = partitions
        self._settled_within = settled_within

    async def present(self, tenant_id: str, learner_id: str) -> Present:
        """The learner, with every decision that anybody may have been told of.

        Raises OwnershipLost where the partition is another worker's, or on its way to one;
        StreamError if Kafka does not take a batch in time; UnknownPolicy; UnreadableState.
        """
        key = learner_key(tenant_id, learner_id)
        number = partition_of(key, self._partitions)
        # Decisions are told before the state that they lead to is in the table.
        if not await self._app.settled(EVENTS, number, self._settled_within):
            raise StreamError("What was decided last is still on its way to Kafka. Try again.")
        if not self._app.holds(EVENTS, number):
            raise OwnershipLost(f"partition {number} of the events is not here")
        raw = self._states.partition(number).get(key)
        state = None if raw is None else decode_state(raw)
        return Present(number, state, self._policies.policy(number, key))

    def owner(self, tenant_id: str, learner_id: str) -> str | None:
        """The URL of the worker that has the learner, as of the last assignment; None: unknown."""
        number = partition_of(learner_key(tenant_id, learner_id), self._partitions)
        return self._app.address_of(EVENTS, number)
