"""The documents beside the README: their links, and their form."""

import re
import tomllib
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from tests.repository.docs.pages import ADRS, PAGES, ROOT

PICTURE = ROOT / "docs" / "way-of-an-event.svg"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    local = [unquote(t.partition("#")[0]) for t in targets if "://" not in t and t[0] != "#"]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_no_two_decisions_have_one_number() -> None:
    """A gap is one that is being written."""
    numbers = [int(adr.name[:4]) for adr in ADRS]
    assert sorted(set(numbers)) == numbers


@pytest.mark.parametrize("adr", ADRS, ids=lambda adr: adr.name)
def test_a_decision_says_why_and_what_was_rejected(adr: Path) -> None:
    text = adr.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert text.startswith(f"# {int(adr.name[:4])}. ")
    assert {"Context", "Decision", "Rejected", "Consequences"} <= set(headings)


def test_the_changelog_knows_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## [{project['version']}]" in changelog


def test_the_picture_stands_alone_and_can_be_read_aloud() -> None:
    root = ElementTree.parse(PICTURE).getroot()
    assert root.find(f"{SVG}title") is not None
    assert root.find(f"{SVG}desc") is not None
    text = PICTURE.read_text(encoding="utf-8")
    assert re.findall(r"<(?:script|image|use|foreignObject)\b", text) == []
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text) == []


def test_the_picture_has_a_paper_and_colours_for_dark_and_for_light() -> None:
    text = PICTURE.read_text(encoding="utf-8")
    light, _, dark = text.partition("@media (prefers-color-scheme: dark)")
    drawn = set(re.findall(r'class="(\w+)"', text))
    assert "paper" in drawn
    for name in drawn:
        assert f".{name} {{" in light
        assert f".{name} {{" in dark
