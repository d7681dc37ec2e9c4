"""Which learners a worker may speak of, by which policy, and who has the others."""

import asyncio

import pytest
from faust.types import TP

from orchestrator.core.counters import DecideCounters, encode_counters
from orchestrator.core.fold import COUNTERS_KEY
from orchestrator.core.ids import learner_key
from orchestrator.core.levels import Level
from orchestrator.core.policy import Policy, load_policy
from orchestrator.core.policy_records import PolicyText, encode_policy_text
from orchestrator.core.state import encode_state, new_learner
from orchestrator.errors import OwnershipLost, StreamError, UnknownPolicy
from orchestrator.read_model.learners import OwnLearners, PartitionPolicies
from orchestrator.read_model.policies import KnownPolicies
from orchestrator.stream.batch import Batch, Handler
from orchestrator.stream.consumer import BatchConsumer
from orchestrator.stream.flow import Limits, PartitionFlow
from orchestrator.stream.partitioner import partition_of
from orchestrator.topics import EVENTS
from tables.learner_state import learner_state
from tests.unit.core.samples import MESSAGES_TOML, POLICY, POLICY_TOML
from tests.unit.stream.samples import app, record

PARTITIONS = 12
ADA = learner_key("north", "ada")
HERE = partition_of(ADA, PARTITIONS)
STATE = new_learner(Level.EASY)


def other_policy() -> tuple[PolicyText, Policy]:
    text = PolicyText(POLICY_TOML + "\n# another", MESSAGES_TOML)
    return text, load_policy(text.policy, text.messages)


class Worker:
    """An app that was never started, with one partition open as the group would have left it."""

    def __init__(self, settled_within: float = 10.0) -> None:
        self.app = app()
        self.app.lease.renew()
        self.table = learner_state(self.app)
        self.table.adopt(HERE, {ADA: encode_state(STATE)})
        self.flow = PartitionFlow(TP(EVENTS, HERE), Limits())
        self.flow.open_at(0)
        consumer = self.app.consumer
        assert isinstance(consumer, BatchConsumer)
        consumer.flows = {self.flow.tp: self.flow}
        self.consumer = consumer
        self.policies = KnownPolicies()
        self.knows(PolicyText(POLICY_TOML, MESSAGES_TOML))
        in_force = PartitionPolicies(self.table, self.policies)
        self.learners = OwnLearners(
            self.app, self.table, in_force, PARTITIONS, settled_within=settled_within
        )

    def begins(self, handle: Handler) -> None:
        """A batch comes in, and work on it begins."""
        self.flow.add([record(0)])
        batch = Batch(self.flow, self.flow.take() or [], 1, headers=[])
        self.consumer.work(batch, handle)

    def knows(self, text: PolicyText) -> None:
        self.policies.on_record(record(0, encode_policy_text(text)))

    def has_come_to(self, version: str) -> None:
        counters = encode_counters(DecideCounters(policy=version))
        self.table.apply(HERE, {COUNTERS_KEY: counters})


async def test_a_learner_whose_partition_is_here_is_known() -> None:
    assert await Worker().learners.present("north", "ada") == (HERE, STATE, POLICY)


async def test_a_learner_of_whom_nothing_came_is_known_to_be_unknown() -> None:
    worker = Worker()
    stranger = next(
        name
        for name in map(str, range(10_000))
        if partition_of(learner_key("north", name), PARTITIONS) == HERE
    )
    assert (await worker.learners.present("north", stranger)).state is None


async def test_the_policy_is_that_which_the_partition_has_come_to() -> None:
    worker = Worker()
    text, policy = other_policy()
    worker.knows(text)
    worker.has_come_to(policy.version)
    present = await worker.learners.present("north", "ada")
    assert present.policy.version == policy.version


async def test_a_policy_whose_text_has_not_come_yet_is_said_to_be_unknown() -> None:
    worker = Worker()
    worker.has_come_to("p2")
    with pytest.raises(UnknownPolicy, match="p2"):
        await worker.learners.present("north", "ada")


async def test_a_partition_on_its_way_is_nobodys_to_speak_of_though_its_rows_are_here() -> None:
    """They stay until it is known who is next; somebody else may have decided on already."""
    worker = Worker()
    worker.flow.close()
    with pytest.raises(OwnershipLost):
        await worker.learners.present("north", "ada")


async def test_a_partition_that_is_being_restored_is_not_here_yet() -> None:
    worker = Worker()
    worker.flow.ready = False
    with pytest.raises(OwnershipLost):
        await worker.learners.present("north", "ada")


async def test_another_workers_learner_is_not_spoken_of() -> None:
    worker = Worker()
    others = [str(name) for name in range(100)]
    elsewhere = next(
        name for name in others if partition_of(learner_key("north", name), PARTITIONS) != HERE
    )
    with pytest.raises(OwnershipLost):
        await worker.learners.present("north", elsewhere)


async def test_what_is_being_decided_is_waited_for() -> None:
    """Its decisions may have been told already."""
    worker = Worker()
    began, may_end = asyncio.Event(), asyncio.Event()
    later = new_learner(Level.ADVANCED)

    async def decides(_batch: Batch) -> None:
        began.set()
        await may_end.wait()
        worker.table.apply(HERE, {ADA: encode_state(later)})

    worker.begins(decides)
    await began.wait()
    asking = asyncio.create_task(worker.learners.present("north", "ada"))
    await asyncio.sleep(0)
    assert not asking.done()
    may_end.set()
    assert (await asking).state == later


async def test_rather_than_an_older_state_there_is_none_while_kafka_is_slow() -> None:
    worker = Worker(settled_within=0.01)
    may_end = asyncio.Event()

    async def writes(_batch: Batch) -> None:
        await may_end.wait()

    worker.begins(writes)
    with pytest.raises(StreamError, match="on its way to Kafka"):
        await worker.learners.present("north", "ada")
    may_end.set()
    assert (await worker.learners.present("north", "ada")).state == STATE


async def test_a_worker_that_failed_halfway_says_nothing_more() -> None:
    worker = Worker()

    async def fails(_batch: Batch) -> None:
        raise RuntimeError("after the actions, before the state")

    worker.begins(fails)
    with pytest.raises(OwnershipLost):
        await worker.learners.present("north", "ada")


async def test_a_partition_that_goes_while_a_question_waits_is_not_spoken_of() -> None:
    worker = Worker()

    async def loses(_batch: Batch) -> None:
        worker.flow.close()

    worker.begins(loses)
    with pytest.raises(OwnershipLost):
        await worker.learners.present("north", "ada")
