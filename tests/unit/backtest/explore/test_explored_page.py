"""The pages and the table of an exploration."""

import re
from itertools import product

from msgspec.structs import replace

from orchestrator.backtest.explore.exploration import (
    Exploration,
    Given,
    Impossible,
    Tried,
    Varied,
    encode_exploration,
)
from orchestrator.backtest.report.explored import explored_html, verdict
from orchestrator.core.actions import ActionType
from orchestrator.operations.explored_text import as_lines
from tests.unit.backtest.test_report import HOSTILE, Outline

DAYS = 200
AFTER = Varied("breaks.session.after_minutes", "A break after so long", "minutes", 25, (20, 25, 30))
UP = Varied("level.up.performance", "One step up from so much", "", 0.85, (0.8, 0.85))


def tried(*values: float) -> Tried:
    """Breaks fall with the first value, levels with the second; the rest stays."""
    counts = {
        ActionType.GAME_BREAK: round(10_000 / values[0]),
        ActionType.LEVEL_SUGGESTED: round(1_000 - 500 * values[1]) if values[1:] else 575,
        ActionType.SEL_INTERVENTION: 18,
        ActionType.LEARNING_PATH_UPDATE: 1_000,
    }
    given = tuple(Given(kind, count, 10, count / DAYS) for kind, count in counts.items())
    return Tried(values, values in {(25.0,), (25.0, 0.85)}, given)


def exploration(*varied: Varied) -> Exploration:
    return Exploration(
        source="march", base="aivo-0123", code_version="0.1.0", since=None, until=None,
        warm_up_hours=None, tenants=(), parameters=varied,
        present=tried(*(each.present for each in varied)),
        points=tuple(tried(*values) for values in product(*(each.values for each in varied))),
        left_out=(), records=9_000, refused=3, events=8_900, learners=10, learner_days=DAYS,
    )  # fmt: skip


ONE, TWO = exploration(AFTER), exploration(AFTER, UP)


def test_the_sentence_says_what_changes_and_what_does_not() -> None:
    assert verdict(ONE) == (
        "Breaks between 1.67 and 2.50 per learner-day (now 2.00); "
        "levels, support for feelings and learning paths stay as they are."
    )
    same = replace(ONE, points=(ONE.present,))
    assert verdict(same) == "Nothing changes over these values."


def test_one_parameter_is_a_curve_with_the_present_value_marked() -> None:
    outline = Outline(explored_html(ONE))
    (curve,) = [each for each in outline.all("svg") if each.get("role") == "img"]
    assert curve["aria-label"] == (
        "Breaks per learner-day: 2.50 at 20, 2.00 at 25, 1.67 at 30; 2.00 at the present 25."
    )
    assert "now 25: 2.00" in outline.text
    assert "Levels stay at 2.88" in outline.text
    (path,) = [each["d"] for each in outline.all("path")]
    heights = [float(y) for y in re.findall(r" ([\d.]+)", path or "")]
    assert heights == sorted(heights)


def test_a_value_now_that_was_not_tried_is_marked_between_the_others() -> None:
    outline = Outline(explored_html(replace(ONE, points=(tried(20.0), tried(30.0)))))
    assert "now 25: 2.00" in outline.text
    assert "25 (now)" in outline.text


def test_two_parameters_are_a_heat_map_a_type_with_the_present_point_framed() -> None:
    text = explored_html(TWO)
    assert len(re.findall(r'<table class="heat">', text)) == 2
    assert re.findall(r'<td class="h\d now">([^<]*)<small>now</small>', text) == ["2.00", "2.88"]
    assert '<td class="h4">2.50<small>+25.0 %</small>' in text


def test_a_point_that_is_no_policy_is_named() -> None:
    points = tuple(point for point in TWO.points if point.values != (20.0, 0.8))
    left_out = (Impossible((20.0, 0.8), ("level.up: is wrong",)),)
    some = replace(TWO, points=points, left_out=left_out)
    assert '<td class="none">no policy' in explored_html(some)
    assert "20, 0.8: level.up: is wrong" in Outline(explored_html(some)).text
    assert "left out: 20, 0.8: level.up: is wrong" in list(as_lines(some))


def test_the_table_has_a_row_a_point_and_says_which_is_now() -> None:
    lines = list(as_lines(ONE))
    (more,) = [line for line in lines if line.startswith("20 ")]
    assert more.split()[1:4] == ["2.50", "(+25.0", "%)"]
    (now,) = [line for line in lines if line.endswith("<- now")]
    assert now.startswith("25 ")


def test_hostile_names_stay_text() -> None:
    outline = Outline(explored_html(replace(ONE, source=HOSTILE, tenants=(HOSTILE,))))
    assert not {"script", "img"} & {name for name, _ in outline.elements}
    assert " ".join(outline.said).count(HOSTILE) == 2


def test_the_json_says_all_of_it() -> None:
    assert encode_exploration(ONE).count(b'"is_present": true') == 2
