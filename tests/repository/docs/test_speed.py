"""What the pages say of speed is what the committed results give."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.goals import GOALS
from benchmarks.judging import Verdict, results_in
from benchmarks.pages import PICTURES, written
from benchmarks.suite import BENCHMARKS
from tests.repository.docs.pages import ROOT

RESULTS = results_in()
AGAIN = "python -m benchmarks.pages"


@pytest.mark.parametrize("page", written(RESULTS), ids=lambda page: page.name)
def test_a_page_says_what_the_results_give(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == written(RESULTS)[page], f"{AGAIN} writes it anew"


def test_a_goal_whose_benchmark_has_results_has_a_verdict() -> None:
    """A figure that was renamed would else be told as not measured."""
    missing = [goal.what for goal in GOALS if goal.verdict(RESULTS)[0] is Verdict.NOT_MEASURED]
    assert [what for what in missing if asked(what) in RESULTS] == []


def asked(what: str) -> str:
    """The benchmark that a goal's judge asks, as it says itself when there is nothing."""
    (goal,) = (goal for goal in GOALS if goal.what == what)
    with pytest.raises(LookupError) as raised:
        goal.judge({})
    return str(raised.value).rpartition(".")[2]


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_of_the_suite_is_there(name: str) -> None:
    assert find_spec(f"benchmarks.{name}") is not None


@pytest.mark.parametrize("name", [name for name in PICTURES if name in RESULTS])
def test_a_plot_is_of_the_results_and_can_be_read_aloud_and_in_the_dark(name: str) -> None:
    text = (ROOT / PICTURES[name][1]).read_text(encoding="utf-8")
    assert RESULTS[name]["surroundings"]["at"][:10] in text
    assert re.search(r"<title id=\"title\">.+</title>\s*<desc id=\"desc\">.+</desc>", text)
    assert "@media (prefers-color-scheme: dark)" in text
    assert "<script" not in text
