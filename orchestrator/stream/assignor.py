"""Which worker owns which partitions: by partition number, evenly, moving as few as possible.

Partition i of every topic with the same partition count goes to the same worker, so that a
learner's events, state, actions and outcomes are one worker's business. Kafka runs this in the
group's leader; each member sends along what it owned last, and an address for others to know.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec
from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import (
    ConsumerProtocolMemberAssignment,
    ConsumerProtocolMemberMetadata,
)

Slot = tuple[int, int]
"""(partition count, partition number): the partitions that move together."""


class Claim(msgspec.Struct, array_like=True):
    """What a member tells the leader: the generation it last belonged to, and its slots of then.

    `address` is passed on to all members as it is; "" for none.
    """

    generation: int = -1
    slots: list[Slot] = []
    address: str = ""


class Holding(msgspec.Struct, array_like=True):
    """Whose slots these are."""

    address: str
    slots: list[Slot]


class Share(msgspec.Struct, array_like=True):
    """What the leader tells a member beside its partitions.

    Its slots, how many members there are, and who has which slots, as far as they told their
    address.
    """

    slots: list[Slot] = []
    members: int = 0
    holdings: list[Holding] = []


class CopartitionAssignor(AbstractPartitionAssignor):
    """Sticky and co-partitioned. One instance a consumer: it remembers what it was given.

    `owners`: the address of the owner of each slot, as of the last assignment. A static member that
    comes back within its session starts no rebalance, so it must come back with the same address.
    """

    name = "copartitioned-sticky"
    version = 1

    def __init__(self, address: str = "") -> None:
        self._claim = Claim(address=address)
        self.members = 0
        self.owners: Mapping[Slot, str] = {}

    def remember(self, generation: int) -> None:
        """Note the generation of the present assignment."""
        self._claim.generation = generation

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        """What is sent with a request to join."""
        return ConsumerProtocolMemberMetadata(
            self.version, sorted(topics), msgspec.msgpack.encode(self._claim)
        )

    def on_assignment(self, assignment: ConsumerProtocolMemberAssignment) -> None:
        """Remember the slots, to claim them at the next rebalance."""
        share = msgspec.msgpack.decode(assignment.user_data, type=Share)
        self._claim.slots, self.members = share.slots, share.members
        self.owners = {slot: held.address for held in share.holdings for slot in held.slots}

    def assign(
        self, cluster: ClusterMetadata, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """Runs in the group's leader. Every member is taken to subscribe to the same topics."""
        topics = sorted({topic for member in members.values() for topic in member.subscription})
        slots: dict[Slot, list[str]] = defaultdict(list)
        for topic in topics:
            partitions = cluster.partitions_for_topic(topic) or set()
            for partition in partitions:
                slots[len(partitions), partition].append(topic)
        claims = {name: _claim(member.user_data) for name, member in members.items()}
        owned = shares(sorted(slots), claims)
        holdings = [Holding(claims[name].address, own) for name, own in owned.items()]
        known = [holding for holding in holdings if holding.address and holding.slots]
        return {
            name: _assignment(self.version, Share(own, len(members), known), slots)
            for name, own in owned.items()
        }


def shares(slots: list[Slot], claims: Mapping[str, Claim]) -> dict[str, list[Slot]]:
    """Give each slot to one member: to who had it where that stays even, else to who has least.

    Of two members that claim one slot, the one of the later generation had it last.
    """
    owned: dict[str, list[Slot]] = {name: [] for name in sorted(claims)}
    quota = {count: -(-sum(s[0] == count for s in slots) // len(owned)) for count, _ in slots}
    free = []
    for slot in slots:
        holders = [name for name, claim in claims.items() if slot in claim.slots]
        holder = max(holders, key=lambda name: (claims[name].generation, name), default=None)
        if holder is not None and _held(owned[holder], slot[0]) < quota[slot[0]]:
            owned[holder].append(slot)
        else:
            free.append(slot)
    for slot in free:
        least = min(owned, key=lambda name: (_held(owned[name], slot[0]), len(owned[name]), name))
        owned[least].append(slot)
    _even_out(owned, sorted(quota))
    return {name: sorted(held) for name, held in owned.items()}


def _even_out(owned: dict[str, list[Slot]], counts: list[int]) -> None:
    """Move single slots until no member has two more than another."""
    for count in counts:
        while True:
            most = max(owned, key=lambda name: (_held(owned[name], count), name))
            least = min(owned, key=lambda name: (_held(owned[name], count), name))
            if _held(owned[most], count) - _held(owned[least], count) < 2:
                break
            slot = max(s for s in owned[most] if s[0] == count)
            owned[most].remove(slot)
            owned[least].append(slot)


def _held(owned: list[Slot], count: int) -> int:
    return sum(slot[0] == count for slot in owned)


def _claim(user_data: bytes | None) -> Claim:
    try:
        return msgspec.msgpack.decode(user_data or b"", type=Claim)
    except msgspec.DecodeError:
        return Claim()  # a member that has never owned anything, or another version's


def _assignment(
    version: int, share: Share, slots: Mapping[Slot, list[str]]
) -> ConsumerProtocolMemberAssignment:
    by_topic: dict[str, list[int]] = defaultdict(list)
    for slot in share.slots:
        for topic in slots[slot]:
            by_topic[topic].append(slot[1])
    return ConsumerProtocolMemberAssignment(
        version, sorted(by_topic.items()), msgspec.msgpack.encode(share)
    )
