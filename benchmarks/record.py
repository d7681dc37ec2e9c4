"""What a measurement has come to: its settings, its figures, and on what they were taken."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
FOLDER_VARIABLE = "BENCHMARK_RESULTS"
"""The environment variable that names another folder, so that a trial replaces no figures."""
MEASURED_WITH = ("aiokafka", "faust-streaming", "redis", "aiohttp", "msgspec", "uvloop")

Figures = Mapping[str, Any]
"""Name -> number, text, list or mapping of them: what JSON knows."""


class Spread(NamedTuple):
    """The least, the middle and the most of repeated runs."""

    least: float
    middle: float
    most: float

    def __str__(self) -> str:
        """Like `50,900 (48,000 to 54,600)`."""
        return f"{self.middle:,.0f} ({self.least:,.0f} to {self.most:,.0f})"


def spread(values: Sequence[float]) -> Spread:
    """Of one run or more."""
    return Spread(min(values), median(values), max(values))


def surroundings() -> dict[str, Any]:
    """The machine, the versions, the commit and the time: figures hold for these alone."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in MEASURED_WITH},
    }


def save(name: str, settings: Figures, figures: Figures, folder: Path | None = None) -> Path:
    """Write `name`.json into the folder, over that of the last run; returns where."""
    folder = folder or Path(os.environ.get(FOLDER_VARIABLE, RESULTS))
    folder.mkdir(parents=True, exist_ok=True)
    found = {"surroundings": surroundings(), "settings": settings, "figures": figures}
    path = folder / f"{name}.json"
    path.write_text(json.dumps(found, indent=2) + "\n")
    return path


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()
