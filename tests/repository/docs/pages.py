"""The documents as text, and what in them can be held against the code."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))
EXTENDING = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
PAGES = [
    *sorted(ROOT.glob("*.md")),
    ROOT / "docs" / "extending.md",
    ROOT / "docs" / "logs-and-traces.md",
    ROOT / "deploy" / "kubernetes" / "README.md",
    *ADRS,
]

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return [body for name, body in _FENCED.findall(text) if name == language]


def spans(text: str) -> list[str]:
    """What stands in backticks outside of the fenced blocks."""
    return re.findall(r"`([^`\n]+)`", _FENCED.sub("", text))


def commands(text: str) -> str:
    """All that a reader is asked to type: shell blocks and spans, a line each."""
    return "\n".join([*blocks(text, "sh"), *spans(text)])
