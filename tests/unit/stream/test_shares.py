"""Who gets which slots: all of them, evenly, moving as few as possible."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.stream.assignor import Claim, Slot, shares

Owned = dict[str, list[Slot]]

counts = st.sets(st.integers(1, 9), min_size=1, max_size=2)
slots = counts.map(lambda some: sorted((count, n) for count in some for n in range(count)))
names = st.sets(st.sampled_from("abcdefgh"), min_size=1)
any_slot = st.tuples(st.integers(0, 10), st.integers(-1, 9))
any_claim = st.builds(Claim, st.integers(-1, 5), st.lists(any_slot))


def claims_of(owned: Owned, generation: int = 3) -> dict[str, Claim]:
    return {name: Claim(generation, held) for name, held in owned.items()}


def owner_of(owned: Owned) -> dict[Slot, str]:
    return {slot: name for name, held in owned.items() for slot in held}


def moved(before: Owned, after: Owned) -> set[Slot]:
    """Slots that a member who stayed had, or that had another owner."""
    old, new = owner_of(before), owner_of(after)
    return {slot for slot in old if old[slot] != new[slot]}


def count_of(owned: Owned, count: int) -> dict[str, int]:
    return {name: sum(slot[0] == count for slot in held) for name, held in owned.items()}


@given(slots, st.dictionaries(st.sampled_from("abcdefgh"), any_claim, min_size=1))
def test_every_slot_has_one_owner_whatever_is_claimed(
    slots: list[Slot], claims: dict[str, Claim]
) -> None:
    owned = shares(slots, claims)
    assert set(owned) == set(claims)
    assert Counter(slot for held in owned.values() for slot in held) == Counter(slots)


@given(slots, st.dictionaries(st.sampled_from("abcdefgh"), any_claim, min_size=1))
def test_members_differ_by_one_slot_at_most_of_each_partition_count(
    slots: list[Slot], claims: dict[str, Claim]
) -> None:
    owned = shares(slots, claims)
    for count in {slot[0] for slot in slots}:
        numbers = count_of(owned, count).values()
        assert max(numbers) - min(numbers) <= 1


@given(slots, names)
def test_nothing_moves_while_nobody_joins_or_leaves(slots: list[Slot], names: set[str]) -> None:
    owned = shares(slots, {name: Claim() for name in names})
    assert shares(slots, claims_of(owned)) == owned


@given(slots, names)
def test_who_joins_gets_no_more_than_the_share_that_must_move(
    slots: list[Slot], names: set[str]
) -> None:
    before = shares(slots, {name: Claim() for name in names})
    after = shares(slots, {**claims_of(before), "joining": Claim()})
    assert moved(before, after) == set(after["joining"])
    for count in {slot[0] for slot in slots}:
        assert count_of(after, count)["joining"] == count // (len(names) + 1)


@given(slots, names)
def test_who_leaves_is_the_only_one_whose_slots_move(slots: list[Slot], names: set[str]) -> None:
    before = shares(slots, {name: Claim() for name in [*names, "leaving"]})
    staying = {name: held for name, held in before.items() if name != "leaving"}
    after = shares(slots, claims_of(staying))
    assert moved(before, after) == set(before["leaving"])


@given(slots, names, st.data())
def test_a_history_of_members_coming_and_going_moves_no_more_than_it_must(
    slots: list[Slot], names: set[str], data: st.DataObject
) -> None:
    owned = shares(slots, {name: Claim() for name in names})
    for generation in range(data.draw(st.integers(1, 5))):
        members = data.draw(st.sets(st.sampled_from("abcdefgh"), min_size=1))
        known = claims_of({name: held for name, held in owned.items() if name in members})
        after = shares(slots, {**dict.fromkeys(members, Claim()), **known})
        for slot in moved(owned, after):
            old, new = owner_of(owned)[slot], owner_of(after)[slot]
            if old in members:  # taken from one who stays: only because the other has too few
                held = count_of(after, slot[0])
                assert held[new] <= held[old] + 1, generation
        owned = after


def test_of_two_who_claim_a_slot_the_later_generation_keeps_it() -> None:
    slots = [(2, 0), (2, 1)]
    thrown_out = Claim(4, [(2, 0), (2, 1)])
    present = Claim(5, [(2, 0)])
    assert shares(slots, {"a": thrown_out, "b": present}) == {"a": [(2, 1)], "b": [(2, 0)]}
    assert shares(slots, {"b": thrown_out, "a": present}) == {"b": [(2, 1)], "a": [(2, 0)]}


def test_slots_of_a_topic_that_is_gone_are_forgotten() -> None:
    assert shares([(1, 0)], {"a": Claim(1, [(9, 8), (1, 0)])}) == {"a": [(1, 0)]}


def test_a_single_lane_does_not_weigh_on_who_has_fewest_of_the_others() -> None:
    slots = [(1, 0), (3, 0), (3, 1), (3, 2)]
    owned = shares(slots, {"a": Claim(), "b": Claim()})
    assert sorted(len(held) for held in owned.values()) == [2, 2]
