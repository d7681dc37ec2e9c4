"""docs/guarantees.md says of every fault of the catalogue what it was seen to do."""

import re
from pathlib import Path

from tests.faults.catalogue import FAULTS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "guarantees.md"


def test_every_fault_has_its_row_and_every_row_held() -> None:
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|.*\| (\w+) \|$", PAGE.read_text(), re.MULTILINE)
    assert {(int(number), title) for number, title, _ in rows} == set(FAULTS.items())
    assert {verdict for _, _, verdict in rows} == {"held"}
