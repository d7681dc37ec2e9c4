"""The page of logs and traces, held against the code."""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.repository.docs.pages import ROOT

PAGE = (ROOT / "docs" / "logs-and-traces.md").read_text(encoding="utf-8")


class Line(NamedTuple):
    """A line of the log, as the code writes it."""

    event: str
    level: str
    fields: set[str]


def written() -> Iterator[Line]:
    for folder in ("orchestrator", "agents"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(
                        func=ast.Attribute(value=ast.Name(id="log"), attr=level),
                        args=[ast.Constant(value=str(event))],
                    ):
                        yield Line(event, level, {each.arg or "" for each in node.keywords})


def rows(heading: str) -> list[list[str]]:
    """The cells of the table that begins with this row."""
    (table,) = re.findall(rf"^\| {heading}.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [line.strip("| ").split(" | ") for line in table.splitlines()]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_line_that_the_page_promises_is_written_with_its_level_and_fields() -> None:
    code = {line.event: line for line in written()}
    table = rows("`event` \\| level")
    assert len(table) > 10
    for events, levels, fields in table:
        lines = [code[event] for event in names(events)]
        assert {line.level for line in lines} == set(levels.split(", ")), events
        assert set(names(fields)) <= set().union(*(line.fields for line in lines)), events


def test_the_attributes_of_the_spans_are_ours() -> None:
    code = (ROOT / "orchestrator" / "tracing" / "names.py").read_text(encoding="utf-8")
    ours = set(re.findall(r'"orchestrator(\.[\w.]+)"', code))
    told = {
        name.removeprefix("orchestrator")
        for *_, attributes in rows("span \\| of")
        for name in names(attributes)
        if name.startswith((".", "orchestrator."))
    }
    assert told == ours
