"""The ids by which a repetition is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.recent_ids import WIDTH, id_hash, is_recent, remember


def test_the_latest_are_remembered_and_no_more() -> None:
    hashes = [id_hash(f"event-{number}") for number in range(70)]
    recent = b""
    for hashed in hashes:
        recent = remember(recent, hashed, 64)

    assert len(recent) == 64 * WIDTH
    assert not any(is_recent(recent, hashed) for hashed in hashes[:6])
    assert all(is_recent(recent, hashed) for hashed in hashes[6:])


def test_an_id_is_not_found_across_the_border_of_two_others() -> None:
    one, other = b"abcdefgh", b"ijklmnop"
    across = b"efghijkl"

    assert not is_recent(one + other, across)
    assert is_recent(one + other + across, across)


@pytest.mark.parametrize("shift", range(1, WIDTH))
def test_a_find_out_of_step_is_none_but_does_not_hide_one_in_step(shift: int) -> None:
    asked = b"a" * WIDTH
    before = b"x" * shift + b"a" * (WIDTH - shift)

    assert is_recent(before + asked, asked)
    assert not is_recent(before + b"a" * shift + b"x" * (WIDTH - shift), asked)


@given(st.lists(st.binary(min_size=WIDTH, max_size=WIDTH), max_size=8), st.data())
def test_what_is_recent_is_what_was_remembered(hashes: list[bytes], data: st.DataObject) -> None:
    recent = b"".join(hashes)
    start = data.draw(st.integers(0, max(0, len(recent) - WIDTH)))
    asked = recent[start : start + WIDTH] or bytes(WIDTH)

    assert is_recent(recent, asked) == (asked in hashes)


def test_a_hash_is_the_same_on_every_machine() -> None:
    assert id_hash("event-1").hex() == "1d4103bffb51791d"  # printf event-1 | b2sum -l 64
