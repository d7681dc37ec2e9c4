"""What the check of a policy says on a terminal, and how it ends."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orchestrator.cli import main
from orchestrator.core.event_codec import decode_event
from tests.unit.core.samples import CONFIG, MESSAGES_TOML

# What is asked for here is in the least that is searched, however slow the machine.
BRIEFLY = ("--seconds", "0.1")


def check(*options: str, policy: Path = CONFIG / "policy.toml") -> Result:
    return CliRunner().invoke(main, ["policy", "check", str(policy), *BRIEFLY, *options])


@pytest.fixture
def faulty_words(tmp_path: Path) -> str:
    path = tmp_path / "messages.toml"
    path.write_text(MESSAGES_TOML.replace("ready for more.", "ready for {level}.", 1))
    return str(path)


def test_the_shipped_policy_can_be_used_and_its_warnings_are_told_with_a_table() -> None:
    result = check()

    assert result.exit_code == 0
    assert "can be used. Its version is aivo-" in result.output
    lines = result.stdout.splitlines()
    (said,) = (n for n, line in enumerate(lines) if line.startswith("warning  level.two-at-once"))
    table = [line.split() for line in lines[said + 2 : said + 5]]
    assert [row[:2] for row in table] == [
        ["time", "event"],
        ["+0:00:00", "BASELINE_COMPLETE"],
        ["+0:01:00", "SLP_UPDATED"],
    ]
    assert lines[-1] == "0 error(s), 3 warning(s)."


def test_it_says_how_far_it_has_searched() -> None:
    output = check().stdout

    assert "Searched:\n  levels       exhausted" in output
    assert "  breaks       all histories up to " in output


def test_warnings_are_errors_where_that_is_asked_for() -> None:
    assert check("--strict").exit_code == 1


def test_an_error_ends_with_1(faulty_words: str) -> None:
    result = check("--messages", faulty_words)

    assert result.exit_code == 1
    assert "error  text.placeholder  level.up.performance.reason would be read" in result.stdout


def test_the_histories_are_events_a_line_each_and_all_else_is_on_stderr() -> None:
    result = check("--json")

    lines = result.stdout.splitlines()
    events = [decode_event(line.encode()) for line in lines]
    assert {event.learner_id.partition(":")[0] for event in events} == {
        "level.both-ways",
        "level.two-at-once",
    }
    assert len({event.id for event in events}) == len(lines)
    assert all(json.loads(line)["tenant_id"] == "policy-check" for line in lines)
    assert "3 warning(s)." in result.stderr


def test_a_file_that_is_no_policy_ends_with_its_faults_before_anything_is_searched(
    tmp_path: Path,
) -> None:
    path = tmp_path / "policy.toml"
    path.write_text("name = 5")
    result = check(policy=path)

    assert result.exit_code == 1
    assert "breaks: is missing" in result.output
    assert "Searched" not in result.output


def test_a_difference_is_told_in_words_beside_the_keys(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    text = (CONFIG / "policy.toml").read_text()
    path.write_text(text.replace("after_minutes = 25", "after_minutes = 20"))
    words = ["policy", "diff", str(CONFIG / "policy.toml"), str(path)]

    plain, as_json = (CliRunner().invoke(main, [*words, *more]) for more in ([], ["--json"]))

    first, second = plain.stdout.splitlines()
    assert first.startswith("A break after 20 minutes of learning instead of 25: breaks come soon")
    assert second == "  breaks.session.after_minutes: 25 -> 20"
    (change,) = json.loads(as_json.stdout)
    assert (change["words"], change["direction"]) == (first, "sooner")
