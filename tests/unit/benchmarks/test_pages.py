"""The table, the paragraph and the markers, by invented results."""

from typing import Any

import pytest

from benchmarks.judging import Goal, at, at_least, times
from benchmarks.pages import between, goal_table, listed, number, speed, surroundings, told

OURS, PEER = at("race", "ours"), at("race", "peer")
FASTER = Goal(
    "our horse and theirs", ">= 2 times", "m/s", times(2, OURS, PEER, at("race", "ratio"))
)
GOALS = (FASTER, Goal("our horse", ">= 9 m/s", "m/s", at_least(9, OURS)))


def saved(figures: dict[str, Any], day: str = "2026-01-05") -> dict[str, Any]:
    around = {"at": f"{day}T09:30:00+00:00", "processor": "A processor", "cores": 2}
    return {"surroundings": around, "settings": {}, "figures": figures}


def table(figures: dict[str, float]) -> list[str]:
    return goal_table(GOALS, {"race": saved(figures)}).splitlines()[2:]


def test_a_row_tells_what_was_found() -> None:
    assert table({"ours": 8, "peer": 4, "ratio": 2}) == [
        "| our horse and theirs | >= 2 times | 8 m/s | 4 m/s | 2 | met |",
        "| our horse | >= 9 m/s | 8 m/s | - | - | **not met** |",
    ]


def test_a_row_without_figures_says_that_nothing_was_measured() -> None:
    assert table({"ours": 10}) == [
        "| our horse and theirs | >= 2 times | - | - | - | not measured |",
        "| our horse | >= 9 m/s | 10 m/s | - | - | met |",
    ]


def test_above_the_table_stands_how_much_was_reached_and_on_what() -> None:
    begin = (
        "Measured 2026-01-05 on A processor, 2 cores. Of 2 goals: 1 met, 1 not met, 0 not measured."
    )
    assert told(GOALS, {"race": saved({"ours": 8, "peer": 4, "ratio": 2})}).startswith(begin)


def test_of_several_days_the_first_and_the_last_are_told() -> None:
    results = {"a": saved({}, "2026-01-07"), "b": saved({}), "c": saved({}, "2026-01-06")}
    assert surroundings(results) == "Measured 2026-01-05 to 2026-01-07 on A processor, 2 cores."
    assert surroundings({}) == "No full run has been kept yet."


def test_the_paragraph_has_the_peers_that_were_measured_and_no_others() -> None:
    ratios = {
        "ours-whole-alo / quix": [2, 2.5, 3],
        "ours-whole-alo / faust": [30, 30, 30],
        "ours-whole-eo / quix": [1, 1.5, 2],
        "ours-kernel-alo / quix": [3, 3, 3],
    }
    figures = {"goals": {name: {"ratio": each} for name, each in ratios.items()}}
    text = speed(GOALS, {"decide_worker": saved(figures)})
    assert text.startswith(
        "Side by side in one run, the worker that decides at the task of its peers, at least once, "
        "takes in a second 3 times the events of Quix Streams. "
        "The worker that decides by all its rules, at least once, takes in a second "
        "2.5 times the events of Quix Streams and 30 times the events of Faust as it comes. "
        "The worker that decides by all its rules, exactly once, takes in a second "
        "1.5 times the events of Quix Streams. Of 2 goals: "
    )
    assert text.endswith("](docs/throughput.svg)")


def test_without_results_there_is_neither_a_ratio_nor_a_plot() -> None:
    assert speed(GOALS, {}) == "Of 2 goals: 0 met, 0 not met, 2 not measured."


def test_only_what_is_between_the_markers_changes() -> None:
    page = "a\n<!-- goals: begin (by hand) -->\nold\n<!-- goals: end -->\nb\n"
    new = between(page, "goals", r"\new")
    assert new == "a\n<!-- goals: begin (by hand) -->\n\\new\n<!-- goals: end -->\nb\n"
    assert between(new, "goals", "old") == page


@pytest.mark.parametrize("page", ["", "<!-- goals: begin -->\n<!-- goals: end -->\n" * 2])
def test_a_page_has_one_such_place(page: str) -> None:
    with pytest.raises(ValueError, match=r"places are marked goals"):
        between(page, "goals", "text")


@pytest.mark.parametrize(
    ("value", "text"),
    [(109_120.4, "109,120"), (100, "100"), (38.24, "38.2"), (2.0, "2"), (0.6149, "0.615")],
)
def test_numbers_have_the_digits_that_matter(value: float, text: str) -> None:
    assert number(value) == text


def test_a_list_reads_as_a_sentence() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
