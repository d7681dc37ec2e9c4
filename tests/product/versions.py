"""A newer version of the product, as one who adds a dialect would deploy it; and its commands."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.product.house import House

ROOT = Path(__file__).resolve().parents[2]

ROW = """\
    Adapter(
        name="the register of pupils",
        marks=paths("data.pupil"),
        places=(
            place("type", "data.what", convert=upper_case),
            place("id", "data.number"),
            place("tenant_id", "data.school"),
            place("learner_id", "data.pupil"),
            place("timestamp", "data.when"),
        ),
    ),
"""
BEFORE = """\
    Adapter(
        name="envelope, under any of its names",
"""


def newer_version(folder: Path) -> Path:
    """A copy of the product with one row more in its table of dialects."""
    for name in ("orchestrator", "agents", "tables", "config"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    table = folder / "orchestrator" / "dialects" / "adapters.py"
    text = table.read_text()
    assert text.count(BEFORE) == 1
    table.write_text(text.replace(BEFORE, ROW + BEFORE))
    return folder


def running(version: Path | None) -> dict[str, str]:
    """The environment in which `python -m orchestrator` is that version; None: this one."""
    return {} if version is None else {"PYTHONPATH": str(version), "PYTHONSAFEPATH": "1"}


async def operate(
    house: House, version: Path | None, *words: str
) -> subprocess.CompletedProcess[str]:
    """What a command does that an operator types."""
    kafka = {"KAFKA_BOOTSTRAP_SERVERS": house.kafka.bootstrap_servers}
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "orchestrator", *words],
        env={**os.environ, **kafka, **running(version)},
        capture_output=True,
        text=True,
        check=False,
    )
