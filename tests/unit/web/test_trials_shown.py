"""The trials, as /stats shows them."""

from datetime import timedelta

from msgspec.structs import replace

from orchestrator.core.trial_records import TrialKind, TrialRow, encode_trial
from orchestrator.read_model.trial_figures import TrialFigures, encode_figures
from orchestrator.read_model.trials import KnownTrials
from orchestrator.web.trials_shown import ENDED_SHOWN, trials_shown
from tests.comparison_example import example_comparison
from tests.unit.core.samples import START
from tests.unit.stream.samples import record

CANARY = TrialRow("canary-a-1", TrialKind.CANARY, "a", START, percent=5.0, tenants=("school",))


def known(*rows: TrialRow, figures: TrialFigures | None = None) -> KnownTrials:
    trials = KnownTrials()
    for row in rows:
        trials.on_record(record(0, encode_trial(row), key=row.trial.encode()))
    if figures is not None:
        key = f"{figures.trial}/figures".encode()
        trials.on_record(record(1, encode_figures(figures), key=key))
    return trials


def test_a_half_read_trial_says_so() -> None:
    [shown] = trials_shown(known(CANARY))
    assert (shown.caught_up, shown.events, shown.actions, shown.verdict) == (False, 0, (), "")

    half = TrialFigures("canary-a-1", 7, False, False, example_comparison())
    [shown] = trials_shown(known(CANARY, figures=half))
    assert (shown.caught_up, shown.behind) == (False, 7)
    assert shown.verdict == half.comparison.verdict


def test_each_type_of_action_has_what_becomes_of_it() -> None:
    figures = TrialFigures("canary-a-1", 0, True, False, example_comparison(), "too many breaks")
    [shown] = trials_shown(known(CANARY, figures=figures))
    assert shown.breach == "too many breaks"
    assert len(shown.actions) == len(figures.comparison.actions)
    for row in shown.actions:
        assert row.base == row.same + row.changed + row.lost + row.moved
        assert row.candidate == row.same + row.changed + row.added + row.moved


def test_those_that_run_are_shown_and_the_newest_of_those_that_have_ended() -> None:
    end = START + timedelta(hours=1)
    ended = [
        replace(CANARY, trial=f"canary-b-{n}", ended_at=end, reason="enough") for n in range(9)
    ]
    shown = trials_shown(known(CANARY, *ended))
    assert [each.trial for each in shown] == [
        "canary-a-1",
        *(row.trial for row in ended[-ENDED_SHOWN:]),
    ]
    assert [each.reason for each in shown[1:]] == ["enough"] * ENDED_SHOWN
