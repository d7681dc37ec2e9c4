"""Words that are one slip of the pen apart."""

import string

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.settings.spelling import one_edit_apart

WORDS = st.text(string.ascii_uppercase + "_", max_size=12)
LETTERS = st.sampled_from(string.ascii_uppercase + "_")


@given(WORDS)
def test_a_word_is_no_edit_from_itself(word: str) -> None:
    assert not one_edit_apart(word, word)


@given(WORDS, LETTERS, st.integers(0, 12))
def test_one_letter_more_is_one_edit(word: str, letter: str, at: int) -> None:
    longer = word[:at] + letter + word[at:]
    assert one_edit_apart(word, longer)
    assert one_edit_apart(longer, word)


@given(WORDS.filter(bool), st.integers(0, 11))
def test_one_letter_changed_is_one_edit(word: str, at: int) -> None:
    at %= len(word)
    assert one_edit_apart(word, word[:at] + "0" + word[at + 1 :])


@given(WORDS, st.permutations("01"), WORDS)
def test_two_neighbours_swapped_is_one_edit(head: str, pair: list[str], tail: str) -> None:
    first, second = pair
    assert one_edit_apart(head + first + second + tail, head + second + first + tail)


@given(WORDS, WORDS, WORDS)
def test_two_changes_apart_from_one_another_are_too_many(head: str, mid: str, tail: str) -> None:
    assert not one_edit_apart(f"{head}0{mid}X2{tail}", f"{head}1{mid}X3{tail}")


@given(WORDS)
def test_two_letters_more_are_too_many(word: str) -> None:
    assert not one_edit_apart(word, word + "00")
