"""A canary as it is typed, and as its guard rails stand in a file."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestrator.cli import main
from orchestrator.core.guard_rails import GuardRails
from orchestrator.errors import InvalidGuardRails
from orchestrator.settings import Settings
from orchestrator.trial.canaries import canary_of, read_guard_rails
from tests.product.house import CONFIG

POLICY_FILE = CONFIG / "policy.toml"


def typed(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["policy", "canary", *words])
    return result.exit_code, result.output


def written(folder: Path, text: str) -> Path:
    file = folder / "rails.toml"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    "words", [[], ["--stop", "--promote"], [str(POLICY_FILE), "--stop"]], ids=str
)
def test_one_thing_at_a_time_is_asked_for(words: list[str]) -> None:
    code, text = typed(*words)

    assert code == 2
    assert "one of FILE, --stop and --promote" in text


@pytest.mark.parametrize("percent", ["0", "101", "nan"])
def test_a_percentage_that_cannot_be_is_refused(percent: str) -> None:
    assert typed(str(POLICY_FILE), "--percent", percent)[0] == 2


def test_the_help_tells_the_guard_rails_that_hold(tmp_path: Path) -> None:
    text = typed("--help")[1]
    numbers = re.findall(r"^ +(\w+ = [0-9.]+) ", text, re.MULTILINE)

    assert len(numbers) == len(GuardRails.__struct_fields__)
    assert read_guard_rails(written(tmp_path, "\n".join(numbers))) == GuardRails()


def test_a_file_of_guard_rails_changes_what_it_names(tmp_path: Path) -> None:
    file = written(tmp_path, "breaks_up = 0.5\nwindow_s = 60\n")

    assert read_guard_rails(file) == GuardRails(breaks_up=0.5, window_s=60)
    assert read_guard_rails(None) == GuardRails()


@pytest.mark.parametrize("text", ["breaks_up = -1", "brakes_up = 0.5", "breaks_up ="])
def test_guard_rails_that_cannot_be_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidGuardRails, match=r"rails\.toml"):
        read_guard_rails(written(tmp_path, text))


def test_settings_propose_a_canary_or_none() -> None:
    messages = CONFIG / "messages.en.toml"
    assert canary_of(Settings(policy_file=POLICY_FILE, messages_file=messages)) is None

    proposing = Settings(
        messages_file=messages,
        canary_policy_file=POLICY_FILE,
        canary_percent=25,
        canary_tenants=("a", "b"),
    )
    found = canary_of(proposing)
    assert found is not None
    assert (found.percent, found.tenants, found.rails) == (25, ("a", "b"), GuardRails())
