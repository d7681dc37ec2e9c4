"""What a check has found: good, worth a thought, or at fault, with what to do."""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from orchestrator.operations.columns import columns, printable


class Grade(StrEnum):
    """How bad it is; a fault keeps a worker from its work."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


class Finding(NamedTuple):
    """One thing that was looked at. `remedy`: what to do, if there is anything."""

    part: str
    grade: Grade
    found: str
    remedy: str = ""


def ok(part: str, found: str) -> Finding:
    """All is well."""
    return Finding(part, Grade.OK, found)


def warning(part: str, found: str, remedy: str) -> Finding:
    """A worker works, but somebody should know."""
    return Finding(part, Grade.WARNING, found, remedy)


def fault(part: str, found: str, remedy: str) -> Finding:
    """A worker cannot work so."""
    return Finding(part, Grade.FAULT, found, remedy)


def worst(findings: Sequence[Finding]) -> Grade:
    """The worst grade; of nothing, ok."""
    grades = {finding.grade for finding in findings}
    return max(grades, key=list(Grade).index, default=Grade.OK)


def as_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """A line each, and below it what to do."""
    rows = [(each.grade.value, each.part, printable(each.found)) for each in findings]
    for line, finding in zip(columns(rows), findings, strict=True) if rows else ():
        yield line
        if finding.remedy:
            yield f"         -> {printable(finding.remedy)}"


def as_json(findings: Sequence[Finding], settings: Mapping[str, str]) -> str:
    """An object: `result` (the worst grade), `settings` in force, `findings`."""
    found = [finding._asdict() for finding in findings]
    whole = {"result": worst(findings), "settings": settings, "findings": found}
    return json.dumps(whole, ensure_ascii=False, indent=2)
