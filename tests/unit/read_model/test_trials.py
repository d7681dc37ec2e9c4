"""What a worker makes of the rows in the topic of the trials."""

from datetime import UTC, datetime

from orchestrator.core.trial_records import TrialKind, TrialRow, encode_trial
from orchestrator.read_model.trial_figures import TrialFigures, encode_figures
from orchestrator.read_model.trials import KnownTrials
from tests.comparison_example import example_comparison
from tests.unit.stream.samples import record

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RUNNING = TrialRow("shadow-a-1", TrialKind.SHADOW, "a", AT)
ENDED = TrialRow("shadow-a-1", TrialKind.SHADOW, "a", AT, AT, "it was stopped")
OTHER = TrialRow("canary-b-1", TrialKind.CANARY, "b", AT)


def trials_of(*rows: TrialRow) -> KnownTrials:
    trials = KnownTrials()
    for offset, row in enumerate(rows):
        trials.on_record(record(offset, encode_trial(row), key=row.trial.encode()))
    return trials


def test_those_that_run_are_those_that_nobody_has_ended() -> None:
    assert trials_of(RUNNING, OTHER).running() == [RUNNING, OTHER]
    assert trials_of(RUNNING, OTHER, ENDED).running() == [OTHER]


def test_what_has_ended_does_not_run_again() -> None:
    assert trials_of(RUNNING, ENDED, RUNNING).rows == {"shadow-a-1": ENDED}


def test_a_version_is_asked_for_by_kind() -> None:
    trials = trials_of(ENDED, OTHER)
    assert trials.of(TrialKind.SHADOW, "a") == [ENDED]
    assert trials.of(TrialKind.SHADOW, "b") == []


def told(*, is_whole: bool) -> TrialFigures:
    return TrialFigures("shadow-a-1", 0, True, is_whole, example_comparison())


def test_a_trial_is_over_when_all_before_its_end_is_counted() -> None:
    trials = trials_of(RUNNING)
    for is_whole in (False, True):
        raw = encode_figures(told(is_whole=is_whole))
        trials.on_record(record(1, raw, key=b"shadow-a-1/figures"))
        assert not trials.is_over("shadow-a-1")
    assert trials.figures == {"shadow-a-1": told(is_whole=True)}

    trials.on_record(record(2, encode_trial(ENDED), key=b"shadow-a-1"))

    assert trials.is_over("shadow-a-1")
    assert not trials.is_over("canary-b-1")


def test_a_row_that_is_none_is_left() -> None:
    trials = trials_of(RUNNING)
    trials.on_record(record(1, b"nonsense"))
    assert trials.running() == [RUNNING]
