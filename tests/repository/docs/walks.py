"""The walks of the README and of docs/extending.md: what each adds, read from its diff."""

import re
import shutil
from pathlib import Path
from typing import NamedTuple

from tests.repository.docs.pages import EXTENDING, README, ROOT, blocks

COPIED = ("agents", "config", "orchestrator", "tables", "tests", "pyproject.toml")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*_cache")
_HEADER = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


class Hunk(NamedTuple):
    """What stands there, what is to stand there instead, and how many lines its header says.

    `added`: the lines that are to be written, empty ones aside.
    """

    before: str
    after: str
    lengths: tuple[int, int]
    added: int


def walk(name: str) -> str:
    """The diff of "Add a ..."; `name` is what follows."""
    _, _, rest = (README + EXTENDING).partition(f"## Add {name}\n")
    (diff,) = blocks(re.split(r"^## ", rest, flags=re.MULTILINE)[0], "diff")
    return diff


def changes(diff: str) -> dict[str, list[Hunk]]:
    """The hunks by file."""
    found: dict[str, list[Hunk]] = {}
    for part in re.split(r"^--- \S+\n\+\+\+ b/", diff, flags=re.MULTILINE)[1:]:
        name, _, body = part.partition("\n")
        found[name] = [_hunk(text) for text in re.split(r"^(?=@@)", body, flags=re.MULTILINE)[1:]]
    return found


def _hunk(text: str) -> Hunk:
    header, _, body = text.partition("\n")
    lengths = _HEADER.match(header)
    assert lengths is not None, f"no header of a hunk: {header}"
    old, new = (int(number or 1) for number in lengths.groups())
    added = len(re.findall(r"^\+.+$", body, re.MULTILINE))
    return Hunk(_side(body, " -"), _side(body, " +"), (old, new), added)


def _side(body: str, signs: str) -> str:
    """The lines that bear one of the signs; an empty line is one that stays."""
    lines = [line or " " for line in body.splitlines()]
    return "".join(f"{line[1:]}\n" for line in lines if line[0] in signs)


def copy_with(diff: str, folder: Path) -> Path:
    """A copy of the repository in `folder`, with the diff applied."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=_LEFT_OUT)
        else:
            shutil.copy(ROOT / name, folder / name)
    for name, hunks in changes(diff).items():
        _apply(folder / name, hunks)
    return folder


def _apply(path: Path, hunks: list[Hunk]) -> None:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    for before, after, *_ in hunks:
        if not text and not before:
            text = after
            continue
        assert text.count(before) == 1, f"{path.name} does not hold this once:\n{before}"
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")
