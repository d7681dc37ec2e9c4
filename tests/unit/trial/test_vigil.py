"""How long a worker has heard nothing of whoever watches a canary."""

from datetime import timedelta

from msgspec.structs import replace

from orchestrator.core.trial_records import TrialKind, TrialRow, encode_trial
from orchestrator.read_model.trial_figures import TrialFigures, encode_figures
from orchestrator.read_model.trials import KnownTrials
from orchestrator.trial.vigil import Vigil
from tests.comparison_example import example_comparison
from tests.unit.core.samples import START
from tests.unit.stream.samples import record

CANARY = TrialRow("canary-a-1", TrialKind.CANARY, "a", START, percent=5.0)
FIGURES = TrialFigures("canary-a-1", 0, True, False, example_comparison())


class House:
    def __init__(self) -> None:
        self.now = 1000.0
        self.trials = KnownTrials()
        self.vigil = Vigil(self.trials, lambda: self.now)

    def hear(self, row: TrialRow) -> None:
        self.trials.on_record(record(0, encode_trial(row), key=row.trial.encode()))

    def hear_figures(self, figures: TrialFigures) -> None:
        key = f"{figures.trial}/figures".encode()
        self.trials.on_record(record(1, encode_figures(figures), key=key))

    def after(self, seconds: float) -> dict[str, float]:
        self.now += seconds
        return self.vigil.unwatched_s()


def test_it_counts_from_when_a_canary_became_known() -> None:
    house = House()
    assert house.after(50) == {}
    house.hear(CANARY)
    assert house.after(0) == {"canary-a-1": 0}
    assert house.after(200) == {"canary-a-1": 200}


def test_only_a_new_sign_begins_anew_and_other_figures_do_not() -> None:
    house = House()
    house.hear(CANARY)
    house.hear_figures(replace(FIGURES, looked_at=START))
    assert house.after(0) == {"canary-a-1": 0}
    house.hear_figures(replace(FIGURES, looked_at=START, behind=7, is_caught_up=False))
    assert house.after(30) == {"canary-a-1": 30}
    house.hear_figures(replace(FIGURES, looked_at=START + timedelta(seconds=10)))
    assert house.after(30) == {"canary-a-1": 0}


def test_the_times_in_the_signs_do_not_matter() -> None:
    house = House()
    house.hear(CANARY)
    house.hear_figures(replace(FIGURES, looked_at=START - timedelta(days=400)))
    assert house.after(20) == {"canary-a-1": 0}
    assert house.after(20) == {"canary-a-1": 20}


def test_a_shadow_and_what_has_ended_need_nobody() -> None:
    house = House()
    house.hear(TrialRow("shadow-b-1", TrialKind.SHADOW, "b", START))
    house.hear(CANARY)
    house.after(0)
    house.hear(replace(CANARY, ended_at=START, reason="enough"))
    assert house.after(500) == {}
