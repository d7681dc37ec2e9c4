"""The golden files: what stands in an entry, and what has to come of it.

A value of `fields` is a string, {"base64": ...} for bytes that are no text, or any other JSON,
which then stands in the entry as JSON.
"""

import json
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent / "golden"
SOURCE = "redis:aivo.events.baseline:1740819601000-0"
RECEIVED_AT = datetime(2025, 3, 1, 9, 0, 1, tzinfo=UTC)

Case = dict[str, Any]


def golden_cases() -> dict[str, Case]:
    """All cases, by file and name."""
    return {
        f"{path.stem}: {case['name']}": case
        for path in sorted(GOLDEN.glob("*.json"))
        for case in json.loads(path.read_text())
    }


def entry_fields(case: Case) -> dict[bytes, bytes]:
    return {name.encode(): _value(value) for name, value in case["fields"].items()}


def _value(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, dict) and value.keys() == {"base64"}:
        return b64decode(value["base64"])
    return json.dumps(value).encode()
