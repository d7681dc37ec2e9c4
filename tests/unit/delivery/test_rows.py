"""What a row holds, how it is keyed, and that it stays small."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.actions import Action, ActionType, Outcome, Service, encode_action
from orchestrator.core.ids import ActionId, learner_key
from orchestrator.core.recent_ids import id_hash
from orchestrator.delivery.groups import Noted, settled_of
from orchestrator.delivery.refused import REMEMBERED_REFUSALS, Refused
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


def waiting_of(one: Action, offset: int = 0, replays: Refused | None = None) -> Waiting:
    return Waiting(one.action_id, offset, encode_action(one), replays=replays)


def end(row: LearnerRow, one: Action, offset: int, how: Outcome = Outcome.DELIVERED) -> None:
    row.end(one, waiting_of(one, offset), how)


def ended(count: int, kind: ActionType = LEVEL) -> LearnerRow:
    row = LearnerRow()
    for number in range(count):
        end(row, action(kind, action_id=f"a{number}"), number * 10)
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
        end(row, action(kind, action_id=f"a{number}"), offset + 10**12)
    raw = encode_row(row)
    assert len(raw) < 700
    assert decode_learner_row(raw) == row


def test_a_waiting_action_comes_back_as_it_was() -> None:
    one = action(learner="Größe/☃")
    row = Waiting(one.action_id, 77, encode_action(one), 3, parked=True, said="answered 503")
    assert decode_waiting(encode_row(row)) == row
    row.replays = Refused(id_hash("a1"), Outcome.FAILED, 7)
    assert decode_waiting(encode_row(row)) == row


def test_rows_of_the_version_before_are_read() -> None:
    one = action()
    waiting = [one.action_id, 77, encode_action(one), 3, True, "answered 503"]
    assert decode_waiting(msgspec.msgpack.encode(waiting)) == Waiting(
        one.action_id, 77, encode_action(one), 3, parked=True, said="answered 503"
    )
    row = decode_learner_row(msgspec.msgpack.encode([b"", {"LEVEL_SUGGESTED": 4}, "easy"]))
    assert row == LearnerRow(last={"LEVEL_SUGGESTED": 4}, level="easy")


def test_the_row_of_a_waiting_action_is_little_more_than_the_action() -> None:
    one = action()
    row = Waiting(one.action_id, 10**12, encode_action(one), 10**6, parked=True, said="x" * 500)
    assert len(encode_row(row)) < len(row.raw) + 600


def test_a_partitions_row_comes_back_as_it_was() -> None:
    one = action()
    rejected = Ended(Outcome.REJECTED, EVENT_AT, 2, 422, "no", b"said")
    noted = Noted(b"k", one, waiting_of(one), rejected)
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
        how = Ended(outcome, EVENT_AT, 1, response=b"r" * 10_000)
        noted = Noted(b"k", one, waiting_of(one), how)
        settled = settled_of(noted, Service.LEARNER, 1, None)
        whole = outcome in {Outcome.REJECTED, Outcome.FAILED}
        assert (settled.raw, len(settled.response)) == ((raw, 4096) if whole else (b"", 0))


def test_an_outcome_tells_the_level_that_arrived_before_only_of_a_permanent_level() -> None:
    for kind, parameters in ((LEVEL, {}), (LEVEL, {"temporary": True}), (PATH, {})):
        one = action(kind, parameters=PARAMETERS[kind] | parameters)
        noted = Noted(b"k", one, waiting_of(one), Ended(Outcome.REJECTED, EVENT_AT, 1))
        outcome = settled_of(noted, Service.LEARNER, 1, "easy").outcome
        permanent = is_permanent_level(one)
        assert outcome.permanent_level is permanent
        assert outcome.delivered_level == ("easy" if permanent else None)


@pytest.mark.parametrize("how", list(Outcome))
def test_what_was_refused_is_new_once_it_is_replayed(how: Outcome) -> None:
    row, one = LearnerRow(), action(PATH)
    end(row, one, 5, how)
    is_refused = how in {Outcome.REJECTED, Outcome.FAILED}
    assert row.knows(one, 9)
    assert row.knows(one, 9, replayed=True) is not is_refused
    assert row.knows(one, 5, replayed=True)
    refusal = Refused(id_hash(one.action_id), how, 5)
    assert row.refusal_of(one) == (refusal if is_refused else None)


def test_a_level_is_never_new_again() -> None:
    row, one = LearnerRow(), action(LEVEL)
    end(row, one, 5, Outcome.REJECTED)
    assert row.knows(one, 9, replayed=True)
    assert row.refused == {}


def test_what_arrived_after_its_replay_is_known_and_what_was_refused_again_is_not() -> None:
    row = LearnerRow()
    ones = [action(PATH, action_id=f"p{n}") for n in range(3)]
    for offset, one in enumerate(ones):
        end(row, one, offset, Outcome.REJECTED)
    row.end(ones[0], waiting_of(ones[0], 10, row.refusal_of(ones[0])), Outcome.DELIVERED)
    row.end(ones[1], waiting_of(ones[1], 11, row.refusal_of(ones[1])), Outcome.FAILED)
    assert [row.knows(one, 20, replayed=True) for one in ones] == [True, False, False]
    # In its old place: it is as old as it was.
    assert [(each.outcome, each.offset) for each in row.refused[PATH]] == [
        (Outcome.FAILED, 1),
        (Outcome.REJECTED, 2),
    ]


def test_a_path_is_overtaken_by_a_newer_one_that_arrived_and_by_no_older_one() -> None:
    row = LearnerRow()
    old, new = action(PATH, action_id="old"), action(PATH, action_id="new")
    end(row, old, 5, Outcome.REJECTED)
    refusal = row.refusal_of(old)
    assert refusal is not None
    row.arrive(new, waiting_of(new, 4))
    assert not row.is_overtaken(old, refusal)
    row.arrive(new, waiting_of(new, 6))
    row.arrive(new, waiting_of(new, 3))
    assert row.is_overtaken(old, refusal)


def test_support_is_never_overtaken() -> None:
    row, one = LearnerRow(), action(ActionType.SEL_INTERVENTION)
    end(row, one, 5, Outcome.REJECTED)
    refusal = row.refusal_of(one)
    assert refusal is not None
    new = action(ActionType.SEL_INTERVENTION, action_id="new")
    row.arrive(new, waiting_of(new, 6))
    assert not row.is_overtaken(one, refusal)


def test_of_each_type_the_latest_64_refused_are_remembered_in_a_row_of_bounded_size() -> None:
    row = LearnerRow()
    kinds = [kind for kind in ActionType if kind is not LEVEL]
    for number in range(REMEMBERED_REFUSALS + 10):
        for kind in kinds:
            one = action(kind, action_id=f"{kind}{number}")
            end(row, one, number + 10**12, Outcome.REJECTED)
    for kind in kinds:
        ones = [action(kind, action_id=f"{kind}{n}") for n in range(REMEMBERED_REFUSALS + 10)]
        known = [row.knows(one, 10**13, replayed=True) for one in ones]
        assert known == [True] * 10 + [False] * 64
    raw = encode_row(row)
    assert len(raw) < 6_500
    assert decode_learner_row(raw) == row
