"""What is typed, before anything is asked."""

import re

import click
import pytest
from click.testing import CliRunner

from orchestrator.cli import main
from orchestrator.core.refusals import Refusal

OURS = [
    ["dead-letters", "list"],
    ["dead-letters", "show"],
    ["dead-letters", "replay"],
    ["check"],
    ["erase"],
    ["ledger"],
    ["policy", "check"],
]


def typed(*words: str, **environment: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(words), env=environment)
    return result.exit_code, result.output


@pytest.mark.parametrize("words", OURS, ids=" ".join)
def test_each_help_has_an_example_of_itself_and_its_exit_codes(words: list[str]) -> None:
    code, text = typed(*words, "--help")
    assert code == 0
    assert re.search(rf"Examples?:\n +orchestrator {' '.join(words)}", text)
    assert "Exit codes: 0 " in " ".join(text.split())


def test_a_replay_of_nothing_in_particular_is_refused() -> None:
    code, text = typed("dead-letters", "replay", "--dry-run")
    assert code == 2
    assert "--reason, --source or --since" in text


@pytest.mark.parametrize(
    "words",
    [["list", "--reason", "bad mood"], ["list", "--since", "soon"], ["list", "--limit", "0"]],
)
def test_an_option_that_cannot_be_is_named(words: list[str]) -> None:
    code, text = typed("dead-letters", *words)
    assert code == 2
    assert words[1] in text


def test_every_reason_can_be_asked_for() -> None:
    command = main.commands["dead-letters"]
    assert isinstance(command, click.Group)
    (option,) = (each for each in command.commands["list"].params if each.name == "reason")
    assert isinstance(option.type, click.Choice)
    assert set(Refusal) <= set(option.type.choices)


def test_settings_at_fault_end_a_command_with_a_sentence() -> None:
    code, text = typed("dead-letters", "list", PORT="none")
    assert code == 1
    assert "Error: The environment has 1 fault(s)" in text


def test_a_check_of_settings_at_fault_names_each_and_exits_1() -> None:
    code, text = typed("check", PORT="none", LOG_LEVEL="loud")
    assert code == 1
    assert re.findall(r"^fault  settings  (\w+):", text, re.MULTILINE) == ["PORT", "LOG_LEVEL"]


def test_nobody_is_erased_unless_that_is_said_to_be_meant() -> None:
    words = ["erase", "--tenant", "north", "--learner", "anna"]
    nowhere = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    result = CliRunner().invoke(main, words, env=nowhere, input="n\n")
    assert result.exit_code == 1
    assert "Erase anna of north, for good?" in result.output
    assert "Kafka" not in result.output


@pytest.mark.parametrize("name", ["", "x" * 129])
def test_an_id_that_nobody_has_is_refused(name: str) -> None:
    code, text = typed("erase", "--tenant", "north", "--learner", name, "--yes")
    assert (code, "1 to 128 characters" in text) == (2, True)
