"""The table that the README shows."""

from orchestrator.settings import Settings, load_settings
from orchestrator.settings.readme import settings_rows, settings_table
from orchestrator.settings.table import SECRETS


def test_every_setting_has_a_row_with_a_meaning() -> None:
    rows = settings_rows()
    assert [row.name.lower() for row in rows] == list(Settings.model_fields)
    assert all(len(row.meaning) > 10 for row in rows)


def test_the_shown_defaults_are_those_that_hold() -> None:
    files = {"POLICY_FILE", "MESSAGES_FILE"}  # these must exist where they are set
    shown = {row.name: row.default for row in settings_rows() if row.name not in files}
    assert load_settings(shown) == Settings()


def test_the_markdown_has_a_line_for_each_and_names_the_secrets_files() -> None:
    lines = settings_table().splitlines()
    assert len(lines) == 2 + len(Settings.model_fields)
    assert "| `PORT` | `8080` | port of the HTTP API |" in lines
    assert sum("_FILE`: a file that holds it" in line for line in lines) == len(SECRETS)
