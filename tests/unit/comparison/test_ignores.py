"""Differences that are expected."""

from datetime import date

import pytest

from orchestrator.comparison.ignores import read_ignores
from orchestrator.comparison.summary import Expected
from orchestrator.core.actions import ActionType
from orchestrator.errors import InvalidIgnores
from tests.unit.comparison.samples import SOONER, Feed, row
from tests.unit.core.samples import after, coursework

TODAY = date(2025, 6, 1)
PILOT = """
[[ignore]]
name = "sooner breaks"
why = "That is what the change is for."
until = 2025-06-01
types = ["GAME_BREAK"]
rules = ["break.session"]
tenants = ["school"]
kinds = ["added"]
"""


def faults(text: str) -> list[str]:
    with pytest.raises(InvalidIgnores) as caught:
        read_ignores(text, TODAY)
    return caught.value.faults


def test_what_is_expected_is_counted_apart_and_stays_in_the_matrix() -> None:
    feed = Feed(SOONER).sees(coursework(minutes=21))
    comparison = feed.comparison(ignores=read_ignores(PILOT, TODAY))
    (one,) = comparison.ignored
    assert (one.name, one.until) == ("sooner breaks", "2025-06-01")
    assert one.counts == (Expected(type=ActionType.GAME_BREAK, added=1),)
    breaks = row(comparison, ActionType.GAME_BREAK)
    assert (breaks.added, breaks.ignored) == (1, 1)
    assert not comparison.identical
    assert not comparison.differs


def test_what_is_not_expected_still_differs() -> None:
    feed = Feed(SOONER).sees(coursework(minutes=21), coursework(at=after(60), minutes=21))
    feed.sees(coursework(at=after(65), minutes=5))  # the second has moved
    comparison = feed.comparison(ignores=read_ignores(PILOT, TODAY))
    assert row(comparison, ActionType.GAME_BREAK).ignored == 1
    assert comparison.differs


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ('tenants = ["school"]', 'tenants = ["another"]'),
        ('kinds = ["added"]', 'kinds = ["lost", "moved", "changed"]'),
        ('rules = ["break.session"]', 'rules = ["break.sel"]'),
        ('types = ["GAME_BREAK"]', 'types = ["SEL_INTERVENTION"]'),
    ],
)
def test_every_criterion_has_to_match(line: str, other: str) -> None:
    ignores = read_ignores(PILOT.replace(line, other), TODAY)
    comparison = Feed(SOONER).sees(coursework(minutes=21)).comparison(ignores=ignores)
    assert comparison.ignored[0].counts == ()
    assert comparison.differs


def test_the_first_that_matches_has_it() -> None:
    text = PILOT + PILOT.replace("sooner breaks", "again").replace('tenants = ["school"]', "")
    ignores = read_ignores(text, TODAY)
    comparison = Feed(SOONER).sees(coursework(minutes=21)).comparison(ignores=ignores)
    assert [bool(one.counts) for one in comparison.ignored] == [True, False]


def test_one_that_has_expired_is_named() -> None:
    (fault,) = faults(PILOT.replace("2025-06-01", "2025-05-31"))
    assert fault.startswith("sooner breaks: has expired on 2025-05-31.")


def test_all_faults_are_told_at_once() -> None:
    everything = '[[ignore]]\nname = "all"\nwhy = "x"\nuntil = 2026-01-01\n'
    assert faults(
        everything
        + everything
        + PILOT.replace("break.session", "break.sesion").replace("added", "same")
        + '[[ignore]]\nname = "short"\n'
        + '[[ignore]]\nname = "odd"\nwhy = "x"\nuntil = 2026-01-01\ntype = "GAME_BREAK"\n'
    ) == [
        "short: Object missing required field `why`",
        "odd: Object contains unknown field `type`",
        "all: the name occurs twice",
        "all: would ignore everything; name types, rules, tenants or kinds",
        "all: would ignore everything; name types, rules, tenants or kinds",
        "sooner breaks: kinds: what is the same needs no ignoring",
        "sooner breaks: rules: no rule has the id break.sesion",
    ]


@pytest.mark.parametrize("text", ["[ignore]\n", "ignore = 3", "[[ignores]]\n", "=", "ignore = [1]"])
def test_what_is_no_such_file_is_told(text: str) -> None:
    assert faults(text)


def test_an_empty_file_ignores_nothing() -> None:
    assert read_ignores("", TODAY) == ()
