"""docs/backtest.md: each command line in it is one that there is, with its options and files."""

import re
import shlex

import click
import pytest

from orchestrator.backtest.explore.grid import make_grid
from orchestrator.backtest.explore.parameters import read_parameters
from orchestrator.cli import main
from orchestrator.core.policy_records import PolicyText
from tests.repository.docs.pages import README, ROOT, blocks, spans
from tests.repository.docs.test_readme import resolve
from tests.unit.core.samples import MESSAGES_TOML, POLICY_TOML

PAGE = ROOT / "docs" / "backtest.md"
TEXT = PAGE.read_text(encoding="utf-8")
LINES = [line for block in blocks(TEXT, "sh") for line in block.splitlines()]
OURS = [shlex.split(line)[1:] for line in LINES if line.startswith("orchestrator ")]


@pytest.mark.parametrize("words", OURS, ids=" ".join)
def test_every_command_line_is_taken(words: list[str]) -> None:
    command: click.Command = main
    names = []
    while isinstance(command, click.Group):
        name, *words = words
        assert name in command.commands, f"{command.name} has no {name}"
        command = command.commands[name]
        names.append(name)
    resolve([*names, *(word for word in words if word.startswith("--"))])
    given = [word for word in words if "=" in word and not word.startswith("--")]
    if given:
        base = PolicyText(POLICY_TOML, MESSAGES_TOML)
        assert make_grid(base, read_parameters(tuple(given), POLICY_TOML)).left_out == ()


def test_the_walk_goes_through_the_commands_in_their_order() -> None:
    # The candidate is made by an editor, and the shell is told where `make run` has its Kafka.
    assert len(LINES) == len(OURS) + 2
    walked = [words[0] if words[0] != "policy" else words[1] for words in OURS]
    order = ["classroom", "explore", "diff", "check", "shadow", "canary", "activate"]
    firsts = [walked.index("archive" if each == "classroom" else each) for each in order]
    assert firsts == sorted(firsts)


def test_the_candidate_is_made_of_a_line_that_the_policy_has() -> None:
    (change,) = re.findall(r"sed 's/(.*?)/(.*?)/' config/policy\.toml", TEXT)
    assert POLICY_TOML.count(change[0]) == 1


def test_every_command_in_words_exists() -> None:
    told = [span.split()[1:] for span in spans(TEXT) if span.startswith("orchestrator ")]
    assert told
    for words in told:
        resolve(words)


def test_every_link_leads_somewhere() -> None:
    headings = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    }
    for link in re.findall(r"\]\(([^)\s]+)\)", TEXT):
        file, _, anchor = link.partition("#")
        assert (PAGE.parent / file).exists() if file else anchor in headings, link


def test_the_readme_shows_it() -> None:
    assert "docs/backtest.md" in README
    assert "docs/backtest-report.png" in README
