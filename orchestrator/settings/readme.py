"""The README's table of settings, made from the one in the code."""

from typing import NamedTuple

from orchestrator.settings.table import NAMES, SECRETS, Settings


class SettingRow(NamedTuple):
    """A line of the table; `default` is empty where there is none."""

    name: str
    default: str
    meaning: str


def settings_rows() -> list[SettingRow]:
    """Every setting, in the order of the code."""
    return [_row(name, field) for name, field in NAMES.items()]


def settings_table() -> str:
    """The table in Markdown, as it stands in the README."""
    rows = [
        f"| `{row.name}` | {f'`{row.default}`' if row.default else ''} | {row.meaning} |"
        for row in settings_rows()
    ]
    return "\n".join(["| name | default | meaning |", "|---|---|---|", *rows])


def _row(name: str, field: str) -> SettingRow:
    info = Settings.model_fields[field]
    meaning = str(info.description)
    if name in SECRETS:
        meaning += f" (or `{name}_FILE`: a file that holds it)"
    return SettingRow(name, _shown(info.default), meaning)


def _shown(default: object) -> str:
    if default is None:
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    return ",".join(default) if isinstance(default, tuple) else str(default)
