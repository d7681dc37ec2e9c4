"""The report: one file that asks nobody for anything, and shows what the comparison says."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from orchestrator.backtest.report import html, words
from orchestrator.backtest.report.figures import (
    MINUS,
    NONE,
    change,
    difference,
    number,
    rate,
    whole,
)
from orchestrator.comparison.summary import (
    Comparison,
    Gate,
    Harms,
    Kind,
    Slice,
    SliceBy,
)
from orchestrator.core.actions import ActionType
from orchestrator.core.events import EventType
from orchestrator.core.rules.table import RULES
from tests.comparison_example import cell, example_comparison, header

EXAMPLE = example_comparison()
HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(2)>' {{ 7 * 7 }}"""
OWN_BOXES = {"input", "meta", "br", "rect", "line", "path", "circle"}


class Outline(HTMLParser):
    """The elements with their attributes, and the words that are not style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in OWN_BOXES:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.said.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.said))


def quiet() -> Comparison:
    """Nothing differs, and what need not be there is not."""
    actions = tuple(
        replace(row, candidate=row.base, same=row.base, changed=0, lost=0, added=0, moved=0,
                learners_differing=0, ignored=0) for row in EXAMPLE.actions
    )  # fmt: skip
    return replace(
        EXAMPLE, identical=True, differs=False, verdict="Nothing differs.", actions=actions,
        harms=Harms(), most_changed=(), labels=None, ignored=(), budgets=(), outcomes=(), slices=(),
        header=replace(header(), gate=None, since=None, until=None),
    )  # fmt: skip


@pytest.mark.parametrize("comparison", [EXAMPLE, quiet()], ids=["everything", "nothing"])
def test_it_is_one_file_that_runs_nothing_and_loads_nothing(comparison: Comparison) -> None:
    text = html(comparison)
    outline = Outline(text)
    assert not {"script", "link", "img", "iframe", "form", "object"} & {
        n for n, _ in outline.elements
    }
    assert re.findall(r"(?:https?:|//)[a-z]", text) == []
    attributes = {name for _, each in outline.elements for name in each}
    assert not {name for name in attributes if name.startswith("on")} | attributes & {
        "style",
        "src",
    }


def test_the_browser_is_let_to_apply_this_style_alone() -> None:
    text = html(EXAMPLE)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    (allowed,) = [each["content"] for each in Outline(text).all("meta") if "http-equiv" in each]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert allowed is not None
    assert allowed.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")


def test_the_verdict_comes_first_and_the_harms_next() -> None:
    text = Outline(html(EXAMPLE)).text
    places = [text.index(EXAMPLE.verdict), text.index("Who would be worse off"),
              text.index("How many a learner gets in a day")]  # fmt: skip
    assert places == sorted(places)
    assert "2 learners look here would lose support for their feelings" in text


def test_harms_are_shown_when_there_are_none() -> None:
    text = Outline(html(quiet())).text
    assert text.count("0 learners nobody") == 3
    assert "Nothing differs" in text


def test_every_number_of_the_transitions_stands_in_the_table() -> None:
    text = html(EXAMPLE)
    for row in EXAMPLE.actions:
        figures = [row.base, row.candidate, *(getattr(row, kind) for kind in words.KINDS)]
        pattern = rf'<th scope="row">{words.TYPES[row.type]}</th>' + "".join(
            rf'<td class="n(?: nought)?">{figure:,}</td>' for figure in (*figures, row.ignored)
        )
        assert re.search(pattern, text), row.type


def test_what_is_suppressed_is_marked_and_explained() -> None:
    outline = Outline(html(EXAMPLE))
    assert "river-school Breaks hidden: too few learners" in outline.text
    assert "Rows with fewer than 10 learners are hidden" in outline.text


def test_a_slice_with_many_rows_shows_the_most_changed_and_folds_the_others() -> None:
    cells = tuple(cell(f"school-{n}", ActionType.GAME_BREAK, 20, 100, n) for n in range(30))
    text = html(replace(EXAMPLE, slices=(Slice(SliceBy.TENANT, cells),)))
    seen, _, folded = text.partition("20 more rows")
    assert "school-29<" in seen
    assert "school-3<" not in seen
    assert "school-3<" in folded


def test_hostile_names_stay_text() -> None:
    trace = replace(EXAMPLE.most_changed[0], learner=HOSTILE)
    hostile = replace(
        EXAMPLE,
        header=replace(header(), source=HOSTILE, tenants=(HOSTILE,)),
        verdict=HOSTILE,
        slices=(Slice(SliceBy.TENANT, (cell(HOSTILE, ActionType.GAME_BREAK, 20, 100, 5),)),),
        most_changed=(trace,),
        limits=(HOSTILE,),
        ignored=(replace(EXAMPLE.ignored[0], name=HOSTILE, why=HOSTILE),),
        budgets=(replace(EXAMPLE.budgets[0], expression=HOSTILE),),
    )
    outline = Outline(html(hostile))
    assert not {"script", "img"} & {name for name, _ in outline.elements}
    assert " ".join(outline.said).count(HOSTILE) >= 9


def test_every_table_and_picture_can_be_read_aloud() -> None:
    outline = Outline(html(EXAMPLE))
    tables = len(outline.all("table"))
    assert len(outline.all("caption")) == tables > 10
    assert {each.get("scope") for each in outline.all("th")} == {"col", "row"}
    for picture in outline.all("svg"):
        assert picture.get("aria-hidden") == "true" or picture.get("aria-label")
    headings = [name for name, _ in outline.elements if re.fullmatch("h[1-6]", name)]
    assert headings.count("h1") == 1
    assert len(outline.all("main")) == len(outline.all("header")) == len(outline.all("footer")) == 1


def test_a_gate_that_failed_is_the_first_word() -> None:
    gate = Gate(False, 2, 2, "Partition 1 differs at offset 17.")
    text = Outline(html(replace(EXAMPLE, header=replace(header(), gate=gate)))).text
    assert "Not to be relied on" in text
    assert "Partition 1 differs at offset 17." in text


def test_every_rule_event_action_kind_and_slice_has_words() -> None:
    assert set(words.RULES) == {rule.id for rule in RULES}
    assert set(EventType) <= set(words.EVENTS)
    assert set(words.TYPES) == set(words.ONE) == set(ActionType)
    assert set(words.KINDS) == set(Kind)
    assert set(words.SLICES) == set(SliceBy)
    assert words.rule("break.of.tomorrow") == "break.of.tomorrow"
    assert words.event("NAP_TAKEN") == "nap taken"


def test_numbers_are_written_for_people() -> None:
    assert (whole(1_234_567), whole(None)) == ("1,234,567", NONE)
    assert (rate(1.8249), rate(0.0890), rate(0), rate(None)) == ("1.82", "0.089", "0.00", NONE)
    assert (number(25.0), number(0.85), number(21.5)) == ("25", "0.85", "21.5")
    assert (change(100, 112.4), change(100, 97), change(7, 7)) == (
        "+12.4 %",
        f"{MINUS}3.0 %",
        "same",
    )
    assert (change(0, 5), change(100_000, 100_001)) == ("new", "under 0.1 %")
    assert (difference(5, 17), difference(17, 5), difference(5, 5)) == ("+12", f"{MINUS}12", "0")
