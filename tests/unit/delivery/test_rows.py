"""What a row holds, how it is keyed, and that it stays small."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.actions import ActionType, Outcome, Service, encode_action
from orchestrator.core.ids import ActionId, learner_key
from orchestrator.core.recent_ids import id_hash
from orchestrator.delivery.groups import Noted, settled_of
from orchestrator.delivery.rows import (
    REMEMBERED_ENDS,
    LearnerRow,
    PartitionRow,
    RowKeys,
    Waiting,
    decode_learner_row,
    decode_partition_row,
    decode_waiting,
    encode_row,
    is_permanent_level,
)
from orchestrator.delivery.settling import Ended
from tests.unit.delivery.samples import EVENT_AT, PARAMETERS, action

LEVEL, PATH = ActionType.LEVEL_SUGGESTED, ActionType.LEARNING_PATH_UPDATE


def ended(count: int, kind: ActionType = LEVEL) -> LearnerRow:
    row = LearnerRow()
    for number in range(count):
        row.end(action(kind, action_id=f"a{number}"), number * 10)
    return row


def test_a_new_row_knows_nothing() -> None:
    assert not LearnerRow().knows(action(), 0)


def test_an_action_decided_again_is_known_wherever_it_stands() -> None:
    assert ended(3).knows(action(action_id="a1"), 9999)
    assert not ended(3).knows(action(action_id="a3"), 9999)


def test_of_actions_decided_again_the_latest_64_are_known() -> None:
    row = ended(REMEMBERED_ENDS + 10)
    known = [row.knows(action(action_id=f"a{n}"), 9999) for n in range(REMEMBERED_ENDS + 10)]
    assert known == [False] * 10 + [True] * 64


def test_an_action_read_again_is_known_however_many_have_ended_since() -> None:
    row = ended(1000)
    assert all(row.knows(action(action_id=f"a{n}"), n * 10) for n in range(1000))
    assert not row.knows(action(action_id="new"), 9991)


def test_what_has_ended_of_one_type_says_nothing_of_another() -> None:
    row = ended(1000, LEVEL)
    assert not row.knows(action(PATH, action_id="p"), 5)


def test_two_ids_side_by_side_do_not_make_a_third_known() -> None:
    one = action(action_id="a1")
    across = bytes(4) + id_hash(one.action_id) + bytes(4)
    assert not LearnerRow(ended=across).knows(one, 0)
    assert LearnerRow(ended=across + id_hash(one.action_id)).knows(one, 0)


@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from([LEVEL, PATH])), max_size=200))
def test_a_learners_row_is_below_700_bytes_whatever_has_happened(
    history: list[tuple[int, ActionType]],
) -> None:
    row = LearnerRow(level="challenging")
    for offset, (number, kind) in enumerate(history):
        row.end(action(kind, action_id=f"a{number}"), offset + 10**12)
    raw = encode_row(row)
    assert len(raw) < 700
    assert decode_learner_row(raw) == row


def test_a_waiting_action_comes_back_as_it_was() -> None:
    one = action(learner="Größe/☃")
    row = Waiting(one.action_id, 77, encode_action(one), 3, parked=True, said="answered 503")
    assert decode_waiting(encode_row(row)) == row


def test_the_row_of_a_waiting_action_is_little_more_than_the_action() -> None:
    one = action()
    row = Waiting(one.action_id, 10**12, encode_action(one), 10**6, parked=True, said="x" * 500)
    assert len(encode_row(row)) < len(row.raw) + 600


def test_a_partitions_row_comes_back_as_it_was() -> None:
    one = action()
    noted = Noted(
        b"k", one, 5, encode_action(one), Ended(Outcome.REJECTED, EVENT_AT, 2, 422, "no", b"said")
    )
    row = PartitionRow(9, [settled_of(noted, Service.LEARNER, 9, "easy")])
    assert decode_partition_row(encode_row(row)) == row


@pytest.mark.parametrize("decode", [decode_waiting, decode_learner_row, decode_partition_row])
def test_bytes_that_are_no_row_are_refused(decode: object) -> None:
    assert callable(decode)
    with pytest.raises(msgspec.DecodeError):
        decode(b"{}")


ids = st.text(min_size=1, max_size=30)


@given(ids, ids, ids, st.sampled_from(list(Service)))
def test_the_key_of_a_waiting_row_names_its_learner_whatever_the_ids(
    tenant: str, learner: str, action_id: str, service: Service
) -> None:
    keys, other = RowKeys(service), RowKeys(next(s for s in Service if s is not service))
    key = learner_key(tenant, learner)
    waiting = keys.waiting(key, ActionId(action_id))
    assert keys.waits_for(waiting) == key
    assert keys.waits_for(keys.learner(key)) is None
    assert keys.waits_for(keys.partition) is None
    assert other.waits_for(waiting) is None


@pytest.mark.parametrize(
    ("kind", "parameters", "permanent"),
    [
        (LEVEL, {}, True),
        (LEVEL, {"temporary": False}, True),
        (LEVEL, {"temporary": True}, False),
        (PATH, {}, False),
    ],
)
def test_a_level_is_permanent_unless_it_is_temporary(
    kind: ActionType, parameters: dict[str, bool], permanent: bool
) -> None:
    assert is_permanent_level(action(kind, parameters=PARAMETERS[kind] | parameters)) is permanent


def test_only_what_was_refused_for_good_is_kept_with_its_outcome() -> None:
    one = action()
    raw = encode_action(one)
    for outcome in Outcome:
        noted = Noted(b"k", one, 5, raw, Ended(outcome, EVENT_AT, 1, response=b"r" * 10_000))
        settled = settled_of(noted, Service.LEARNER, 1, None)
        whole = outcome in {Outcome.REJECTED, Outcome.FAILED}
        assert (settled.raw, len(settled.response)) == ((raw, 4096) if whole else (b"", 0))


def test_an_outcome_tells_the_level_that_arrived_before_only_of_a_permanent_level() -> None:
    for kind, parameters in ((LEVEL, {}), (LEVEL, {"temporary": True}), (PATH, {})):
        one = action(kind, parameters=PARAMETERS[kind] | parameters)
        noted = Noted(b"k", one, 5, b"", Ended(Outcome.REJECTED, EVENT_AT, 1))
        outcome = settled_of(noted, Service.LEARNER, 1, "easy").outcome
        permanent = is_permanent_level(one)
        assert outcome.permanent_level is permanent
        assert outcome.delivered_level == ("easy" if permanent else None)
