"""The assignor as Kafka's client calls it, in the group's leader and in each member."""

from collections.abc import Mapping

import msgspec
import pytest
from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.protocol import (
    ConsumerProtocolMemberAssignment,
    ConsumerProtocolMemberMetadata,
)
from aiokafka.protocol.metadata import MetadataResponse_v0
from aiokafka.structs import TopicPartition

from orchestrator.stream.assignor import Claim, CopartitionAssignor, Holding, Share

TOPICS = {"events": 6, "actions": 6, "outcomes": 6, "lanes": 2}


def cluster(topics: Mapping[str, int]) -> ClusterMetadata:
    """One broker, which leads all partitions."""
    described = [
        (0, topic, [(0, number, 1, [1], [1]) for number in range(count)])
        for topic, count in topics.items()
    ]
    metadata = ClusterMetadata(bootstrap_servers="nowhere:9092")
    metadata.update_metadata(MetadataResponse_v0([(1, "nowhere", 9092)], described))
    return metadata


class Group:
    """Members with an assignor each; what passes between them goes through Kafka's encoding."""

    def __init__(self, topics: Mapping[str, int] = TOPICS) -> None:
        self.topics = topics
        self.members: dict[str, CopartitionAssignor] = {}
        self.generation = 0

    def rebalance(self, *names: str) -> dict[str, set[TopicPartition]]:
        """The members with these names, old ones and new ones, join; the first is the leader."""
        self.generation += 1
        self.members = {
            name: self.members.get(name, CopartitionAssignor(f"http://{name}")) for name in names
        }
        joining = {
            name: ConsumerProtocolMemberMetadata.decode(member.metadata(self.topics).encode())
            for name, member in self.members.items()
        }
        leader = self.members[names[0]]
        assignments = leader.assign(cluster(self.topics), joining)
        return {name: self._receive(name, given) for name, given in assignments.items()}

    def _receive(self, name: str, given: ConsumerProtocolMemberAssignment) -> set[TopicPartition]:
        received = ConsumerProtocolMemberAssignment.decode(given.encode())
        self.members[name].on_assignment(received)
        self.members[name].remember(self.generation)
        return set(received.partitions())


def numbers(assigned: set[TopicPartition], topic: str) -> set[int]:
    return {tp.partition for tp in assigned if tp.topic == topic}


def test_partitions_of_one_number_stay_together_over_all_topics_of_a_count() -> None:
    for assigned in Group().rebalance("a", "b", "c").values():
        assert numbers(assigned, "events") == numbers(assigned, "actions")
        assert numbers(assigned, "events") == numbers(assigned, "outcomes")
        assert len(numbers(assigned, "events")) == 2


def test_every_partition_is_assigned_once() -> None:
    assigned = Group().rebalance("a", "b", "c", "d")
    everything = [tp for tps in assigned.values() for tp in tps]
    assert sorted(everything) == sorted(
        TopicPartition(topic, number) for topic, count in TOPICS.items() for number in range(count)
    )


def test_members_keep_what_they_had_when_another_joins_and_leaves() -> None:
    group = Group()
    first = group.rebalance("a", "b")
    second = group.rebalance("b", "c", "a")
    assert second["a"] < first["a"]
    assert second["b"] < first["b"]
    third = group.rebalance("c", "a")
    assert second["a"] < third["a"]
    assert second["c"] < third["c"]


def test_who_was_thrown_out_and_comes_back_does_not_take_from_who_has_decided_on() -> None:
    group = Group({"events": 2})
    stale = group.rebalance("a")["a"]
    returning = group.members["a"]
    taken = group.rebalance("b")["b"]
    assert taken == stale
    group.members["a"] = returning
    after = group.rebalance("a", "b")
    assert after["b"] < taken
    assert len(after["a"]) == 1


def test_each_member_is_told_how_many_there_are() -> None:
    group = Group()
    group.rebalance("a", "b", "c")
    assert [member.members for member in group.members.values()] == [3, 3, 3]


def test_a_member_without_partitions_is_assigned_nothing_and_says_so() -> None:
    group = Group({"lanes": 1})
    assert group.rebalance("a", "b") == {"a": {TopicPartition("lanes", 0)}, "b": set()}


@pytest.mark.parametrize(
    "user_data",
    [
        b"",
        b"\xc1",
        b"no message pack",
        msgspec.msgpack.encode({"generation": 3}),
        msgspec.msgpack.encode([1, [["x", "y"]]]),
        msgspec.msgpack.encode([3, [[6, 0, 1]]]),
        msgspec.msgpack.encode("text"),
    ],
)
def test_garbage_from_another_version_counts_as_no_claim(user_data: bytes) -> None:
    joining = {
        "other": ConsumerProtocolMemberMetadata(1, ["events"], user_data),
        "ours": CopartitionAssignor().metadata(["events"]),
    }
    assignments = CopartitionAssignor().assign(cluster({"events": 4}), joining)
    assert [len(given.partitions()) for given in assignments.values()] == [2, 2]


def test_a_claim_of_a_later_version_with_more_fields_is_still_read() -> None:
    had = [(4, 2), (4, 3)]
    later = msgspec.msgpack.encode([7, had, "more"])
    joining = {
        "a": CopartitionAssignor().metadata(["events"]),
        "b": ConsumerProtocolMemberMetadata(9, ["events"], later),
    }
    assignments = CopartitionAssignor().assign(cluster({"events": 4}), joining)
    assert {tp.partition for tp in assignments["b"].partitions()} == {2, 3}


def test_a_topic_that_does_not_exist_is_nobodys() -> None:
    joining = {"a": CopartitionAssignor().metadata(["events", "missing"])}
    assignments = CopartitionAssignor().assign(cluster({"events": 1}), joining)
    assert assignments["a"].partitions() == [TopicPartition("events", 0)]


def test_what_is_claimed_next_is_what_was_assigned_last() -> None:
    member = CopartitionAssignor()
    share = msgspec.msgpack.encode(Share([(6, 1), (2, 0)], 3))
    member.on_assignment(ConsumerProtocolMemberAssignment(1, [], share))
    member.remember(12)
    claim = msgspec.msgpack.decode(member.metadata(["events"]).user_data, type=Claim)
    assert claim == Claim(12, [(6, 1), (2, 0)])


def test_each_member_is_told_the_address_of_each_owner() -> None:
    group = Group()
    group.rebalance("a", "b")
    given = group.rebalance("c", "b", "a")
    expected = {
        (TOPICS[tp.topic], tp.partition): f"http://{name}"
        for name, assigned in given.items()
        for tp in assigned
    }
    assert len(expected) == 8
    assert [member.owners for member in group.members.values()] == [expected] * 3


def test_an_address_is_told_anew_at_each_rebalance() -> None:
    group = Group({"events": 2})
    group.rebalance("a", "b")
    returning = CopartitionAssignor("http://b-again")
    group.members["b"] = returning
    group.rebalance("a", "b")
    assert set(group.members["a"].owners.values()) == {"http://a", "http://b-again"}


def test_who_gives_no_address_or_is_of_an_older_version_has_none() -> None:
    old = msgspec.msgpack.encode([3, [(4, 0), (4, 1)]])
    ours, silent = CopartitionAssignor("http://ours"), CopartitionAssignor()
    joining = {
        "old": ConsumerProtocolMemberMetadata(1, ["events"], old),
        "ours": ours.metadata(["events"]),
        "silent": silent.metadata(["events"]),
    }
    given = ours.assign(cluster({"events": 4}), joining)
    ours.on_assignment(given["ours"])
    assert set(ours.owners.values()) == {"http://ours"}
    assert len(ours.owners) == len(given["ours"].partitions())


def test_a_leader_of_an_older_version_tells_of_nobody() -> None:
    member = CopartitionAssignor("http://ours")
    member.on_assignment(
        ConsumerProtocolMemberAssignment(1, [], msgspec.msgpack.encode(Share([(1, 0)], 1)))
    )
    assert member.owners == {}
    older = msgspec.msgpack.encode([[(1, 0)], 2])
    member.on_assignment(ConsumerProtocolMemberAssignment(1, [], older))
    assert (member.owners, member.members) == ({}, 2)


def test_what_is_told_holds_for_who_knows_fewer_fields() -> None:
    class Older(msgspec.Struct, array_like=True):
        slots: list[tuple[int, int]] = []
        members: int = 0

    share = msgspec.msgpack.encode(Share([(1, 0)], 2, [Holding("http://a", [(1, 0)])]))
    assert msgspec.msgpack.decode(share, type=Older) == Older([(1, 0)], 2)
