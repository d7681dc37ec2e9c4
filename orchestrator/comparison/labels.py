"""What a person said should have been given: read from JSON lines or CSV.

A label has `tenant_id`, `learner_id`, `event_id`, `action_type` and `wanted` (true or false).
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import Any

import msgspec
from msgspec import Struct

from orchestrator.comparison.label_tally import label_key
from orchestrator.core.actions import ActionType
from orchestrator.core.events import Identifier
from orchestrator.core.ids import learner_key
from orchestrator.errors import InvalidLabels

Labels = dict[bytes, dict[ActionType, bool]]
"""Wanted or not, by label_tally.label_key and type; what a LabelTally begins with."""

MOST_FAULTS = 20
"""More are not told one by one."""


class Label(Struct, frozen=True):
    """Whether an action of a type was wanted on a learner's event."""

    tenant_id: Identifier
    learner_id: Identifier
    event_id: Identifier
    action_type: ActionType
    wanted: bool


def read_labels(text: str) -> Labels:
    """The labels of a file's text: JSON lines if it begins with a brace, else CSV with a header.

    Raises InvalidLabels, naming the lines: what cannot be read, and labels that contradict others.
    """
    faults: list[str] = []
    labels: Labels = {}
    text = text.removeprefix("\ufeff")
    rows = _json_rows(text, faults) if text.lstrip().startswith("{") else _csv_rows(text, faults)
    for line, label in rows:
        learner = learner_key(label.tenant_id, label.learner_id)
        wanted = labels.setdefault(label_key(learner, label.event_id), {})
        if wanted.setdefault(label.action_type, label.wanted) is not label.wanted:
            faults.append(f"line {line}: an earlier label of the event says the opposite")
    if faults:
        more = len(faults) - MOST_FAULTS
        raise InvalidLabels(faults[:MOST_FAULTS] + ([f"and {more} more"] if more > 0 else []))
    return labels


def _json_rows(text: str, faults: list[str]) -> Iterator[tuple[int, Label]]:
    lines = ((number, line) for number, line in enumerate(text.splitlines(), start=1))
    for number, line in lines:
        if line.strip():
            try:
                yield number, msgspec.json.decode(line, type=Label)
            except (ValueError, RecursionError) as error:
                faults.append(f"line {number}: {error}")


def _csv_rows(text: str, faults: list[str]) -> Iterator[tuple[int, Label]]:
    reader = csv.DictReader(StringIO(text, newline=""))
    missing = [name for name in Label.__struct_fields__ if name not in _header(reader)]
    if missing:
        faults.append(f"line 1: no column is called {', '.join(missing)}")
        return
    try:
        yield from _converted(reader, faults)
    except csv.Error as error:
        faults.append(f"line {reader.line_num}: {error}")


def _header(reader: "csv.DictReader[str]") -> Iterable[str]:
    return reader.fieldnames or ()


def _converted(reader: "csv.DictReader[str]", faults: list[str]) -> Iterator[tuple[int, Label]]:
    for row in reader:
        try:
            yield reader.line_num, msgspec.convert(_named(row), Label, strict=False)
        except msgspec.ValidationError as error:
            faults.append(f"line {reader.line_num}: {error}")


def _named(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The fields of a label; what a short line lacks is absent."""
    return {
        name: row[name].strip() for name in Label.__struct_fields__ if row.get(name) is not None
    }
