"""Learners who are measured with have as many recent ids as were asked for, and are real ones."""

import pytest

from benchmarks.learners import MODELS, rows
from orchestrator.core.recent_ids import WIDTH
from orchestrator.core.state import decode_state


@pytest.mark.parametrize("recent_ids", [0, 8, 64])
def test_each_has_so_many_recent_ids(recent_ids: int) -> None:
    found = dict(rows(MODELS + 5, recent_ids))
    assert len(found) == MODELS + 5
    assert {len(decode_state(row).recent_ids) for row in found.values()} == {recent_ids * WIDTH}


def test_no_two_have_the_same_ids_though_they_share_a_history() -> None:
    states = [decode_state(row) for _, row in rows(2 * MODELS, 8)]
    first, second = states[0], states[MODELS]
    assert first.recent_ids != second.recent_ids
    assert (first.offset, first.session) == (second.offset, second.session)
    assert not any(state.is_blank for state in states)
