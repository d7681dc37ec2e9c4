"""A trial's id and its row."""

from datetime import UTC, datetime

from orchestrator.core.trial_records import (
    TrialKind,
    TrialRow,
    decode_trial,
    encode_trial,
    next_trial,
)

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_a_row_comes_back_as_it_was_written() -> None:
    row = TrialRow("canary-a-1", TrialKind.CANARY, "a", AT, AT, "it was stopped", 5.0, ("school",))
    assert decode_trial(encode_trial(row)) == row
    assert not row.is_running


def test_two_who_know_the_same_name_the_same_trial() -> None:
    known = ["shadow-aivo-1", "canary-aivo-1", "canary-aivo-2", "shadow-aivo-new-1"]
    assert next_trial(TrialKind.SHADOW, "aivo", known) == "shadow-aivo-2"
    assert next_trial(TrialKind.CANARY, "aivo", known) == "canary-aivo-3"
    assert next_trial(TrialKind.SHADOW, "other", known) == "shadow-other-1"
