"""Requests made from /openapi.json, good ones and bad ones, and all that is checked of the answers.

schemathesis run as a program of its own: its four phases, all its checks, always the same cases.
"""

import os
import subprocess
import sys
from pathlib import Path

HOOKS = "tests.product.contract_hooks"
ROOT = Path(__file__).resolve().parents[2]

CONFIG = """
[auth.openapi.token]
bearer = "{token}"

[phases.coverage]
generate-duplicate-query-parameters = true
"""


def held_against_its_contract(url: str, token: str, folder: Path, examples: int) -> str:
    """What schemathesis reports on the API at `url`, with so many cases an operation and phase.

    Raises AssertionError with the report if it finds anything.
    """
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG.format(token=token))
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config)),
        *("run", f"{url}/openapi.json", "--generation-deterministic", "--continue-on-failure"),
        *("--max-examples", str(examples), "--checks", "all", "--no-color"),
        *("--output-truncate", "false", "--request-timeout", "15"),
    ]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": HOOKS, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    report = done.stdout + done.stderr
    assert done.returncode == 0, report
    return report
