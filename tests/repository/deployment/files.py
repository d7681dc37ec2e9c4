"""The files by which the service is deployed, as text."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

Instruction = tuple[str, str]
"""(FROM, COPY, RUN ..., the rest of it)"""


def text(name: str) -> str:
    """The text of a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def stages() -> list[list[Instruction]]:
    """The Dockerfile's instructions by stage, lines joined, without comments."""
    lines = [line for line in text("Dockerfile").splitlines() if not line.startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    found: list[list[Instruction]] = []
    for line in filter(None, joined.splitlines()):
        name, rest = line.split(maxsplit=1)
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found
