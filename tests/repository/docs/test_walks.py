"""Each walk is complete: its diff, applied to a copy of the repository, does what the page says."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.repository.docs.pages import EXTENDING, README
from tests.repository.docs.walks import changes, copy_with, walk

WALKS = ("a rule", "an event type", "an action", "a dialect")
HELP = "path.help_requested"


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def comes_of(name: str, folder: Path) -> Any:
    """What tests/repository/docs/walked.py finds in a copy with the walk."""
    copy_with(walk(name), folder)
    return json.loads(run(folder, "tests.repository.docs.walked", name.split()[1]))


def test_a_rule_fires_from_its_number_on(tmp_path: Path) -> None:
    assert comes_of("a rule", tmp_path) == [[], ["level.up.perfect"], ["level.up.perfect"]]


def test_a_new_type_of_event_is_decided_by_its_rule_and_counts_as_learning(tmp_path: Path) -> None:
    found = comes_of("an event type", tmp_path)

    for number, decided in enumerate(found["actions"]):
        topics = {"remediation_topics": [f"topic {number}"], "acceleration_topics": []}
        assert decided[0] == [HELP, topics]
    assert [[rule for rule, _ in decided[1:]] for decided in found["actions"]] == [
        [],
        [],
        [],
        ["break.session"],
    ]
    assert found["wrong"] == "data.topic is missing"


def test_a_new_action_arrives_at_its_service(tmp_path: Path) -> None:
    found = comes_of("an action", tmp_path)

    assert (found["status"], found["call"]) == (200, "POST /api/learners/l%201/reviews")
    assert found["topic"] == "orchestrator.actions.learner-svc"
    assert found["lives"] == "P1D"
    assert found["key is the action's id"]
    assert found["body"]["challenges"] == ["maps"]
    assert found["body"]["reason"].endswith("please have a look at it.")
    assert found["body"]["metadata"]["suggested_at"] == "2026-01-05T09:30:00Z"


def test_a_new_dialect_reads_its_golden_file(tmp_path: Path) -> None:
    copy_with(walk("a dialect"), tmp_path)

    told = run(tmp_path, "pytest", "-q", "tests/unit/dialects/test_golden.py", "-k", "quiz_svc")

    assert re.search(r"^2 passed", told, re.MULTILINE)


@pytest.mark.parametrize("name", WALKS)
def test_a_walk_is_a_diff_that_can_be_applied_as_it_stands(name: str) -> None:
    for hunks in changes(walk(name)).values():
        for before, after, lengths, _ in hunks:
            assert (before.count("\n"), after.count("\n")) == lengths


@pytest.mark.parametrize("name", WALKS)
def test_the_readme_says_what_a_walk_comes_to(name: str) -> None:
    row = re.search(rf"^\| \[{name}\].*\| (\d+)[^|]*\| (\d+) \|", README, re.MULTILINE)
    assert row is not None
    product = [hunks for path, hunks in changes(walk(name)).items() if path[:6] != "tests/"]
    added = sum(hunk.added for hunks in product for hunk in hunks)
    assert (int(row[1]), int(row[2])) == (len(product), added)


@pytest.mark.parametrize("name", WALKS)
def test_what_a_walk_adds_is_written_as_all_is(name: str, tmp_path: Path) -> None:
    diff = walk(name)
    copy_with(diff, tmp_path)
    written = [path for path in changes(diff) if path.endswith(".py")]
    run(tmp_path, "ruff", "check", "--no-cache", *written)
    run(tmp_path, "ruff", "format", "--no-cache", "--check", *written)


def test_all_walks_are_found() -> None:
    found = re.findall(r"^##+ Add (.+)$", README + EXTENDING, re.MULTILINE)
    assert sorted(found) == sorted(WALKS)
