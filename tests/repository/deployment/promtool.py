"""Prometheus' own judgement of what it is given."""

import shutil
import subprocess
from pathlib import Path

import pytest

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="promtool is not here: the rules were NOT tried (apt-get install prometheus)",
)


def promtool(*words: str | Path) -> None:
    """Run it; fails with what it says."""
    ran = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
