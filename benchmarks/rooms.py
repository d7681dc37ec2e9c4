"""Virtual environments for what the benchmarks need, and the product does not."""

import hashlib
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from benchmarks.record import ROOT

ROOMS = ROOT / ".bench"


def room(name: str, requirements: Path, say: Callable[[str], object], rooms: Path = ROOMS) -> Path:
    """The Python of the environment `name` with the pinned requirements, made anew if these differ.

    Raises: subprocess.CalledProcessError if pip cannot install them; its words are on stderr.
    """
    place = rooms / name
    python, stamp = place / "bin" / "python", place / "requirements.sha256"
    wanted = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    say(f"installing {requirements.name} into {place} (once, about a minute) …")
    venv.EnvBuilder(clear=True, with_pip=True).create(place)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", str(requirements)], check=True)
    stamp.write_text(wanted)
    return python
