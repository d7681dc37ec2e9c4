"""Where a batch is cut."""

from collections import Counter
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.bridge.entries import Translated
from orchestrator.bridge.pieces import pieces
from orchestrator.stream.records import Record

DEAD = "-"


def batch_of(learners: str) -> list[Translated]:
    """One entry a letter: the learner's name, or DEAD for a dead letter."""
    return [
        Translated(
            entry_id=f"{number}-0".encode(),
            record=Record(None, b""),
            learner=None if name == DEAD else name.encode(),
            refusal="unknown type" if name == DEAD else None,
            unknown_fields=0,
        )
        for number, name in enumerate(learners)
    ]


def lengths(learners: str, limit: int) -> list[int]:
    return [len(piece) for piece in pieces(batch_of(learners), limit)]


def test_a_batch_in_which_no_learner_is_over_the_limit_stays_whole() -> None:
    assert lengths("ababab", limit=3) == [6]


def test_the_cut_is_before_the_entry_that_is_one_too_many() -> None:
    assert lengths("a" * 65, limit=64) == [64, 1]
    assert lengths("aabab", limit=2) == [3, 2]


def test_after_a_cut_every_learner_counts_anew() -> None:
    assert lengths("abaab", limit=2) == [3, 2]


def test_dead_letters_are_of_no_learner_and_never_cut() -> None:
    assert lengths(DEAD * 200 + "a", limit=1) == [201]


def test_an_empty_batch_has_no_pieces() -> None:
    assert lengths("", limit=1) == []


@given(st.text(alphabet="abc" + DEAD, max_size=60), st.integers(1, 5))
def test_pieces_keep_the_order_lose_nothing_and_hold_to_the_limit(
    learners: str, limit: int
) -> None:
    batch = batch_of(learners)
    cut = list(pieces(batch, limit))
    assert list(chain.from_iterable(cut)) == batch
    for piece in cut:
        counts = Counter(each.learner for each in piece if each.learner is not None)
        assert piece
        assert all(count <= limit for count in counts.values())
