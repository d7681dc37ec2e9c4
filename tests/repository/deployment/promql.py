"""What a PromQL expression asks for: its metrics, with the labels that it looks at."""

import re
from collections.abc import Iterator
from typing import NamedTuple

TOKEN = re.compile(
    r"""
    (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<range>\[[^]]*\])
    |(?P<name>[A-Za-z_:][A-Za-z0-9_:]*)
    |(?P<number>\d[\d.a-z]*)
    |(?P<sign>=~|!~|!=|==|<=|>=|[=<>{}(),+*/%^@-])
    |(?P<space>\s+)
    """,
    re.VERBOSE,
)
GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
OPERATORS = {"and", "or", "unless", "bool", "offset", "atan2", "inf", "nan"}


class Asked(NamedTuple):
    """`selected`: each selector's metric and the labels it matches, with the values of equalities.

    `grouped`: the labels that are kept, dropped or matched on.
    """

    selected: list[tuple[str, dict[str, str]]]
    grouped: set[str]

    @property
    def metrics(self) -> set[str]:
        """Their names."""
        return {metric for metric, _ in self.selected}


class Token(NamedTuple):
    kind: str
    text: str


def asked_by(expression: str) -> Asked:
    """Read an expression. Raises ValueError on what is none, as far as that is seen here."""
    tokens = list(_tokens(expression))
    asked = Asked([], set())
    place = 0
    while place < len(tokens):
        token, following = tokens[place], _at(tokens, place + 1)
        place += 1
        if token.kind != "name" or token.text in OPERATORS:
            continue
        if token.text in GROUPING:
            if following == "(":
                names, place = _until(tokens, place + 1, ")")
                asked.grouped.update(each.text for each in names if each.kind == "name")
        elif following == "{":
            inside, place = _until(tokens, place + 1, "}")
            asked.selected.append((token.text, _matchers(inside)))
        elif following != "(" and following not in GROUPING:
            asked.selected.append((token.text, {}))
    return asked


def _tokens(expression: str) -> Iterator[Token]:
    place = 0
    while place < len(expression):
        found = TOKEN.match(expression, place)
        if found is None or found.lastgroup is None:
            raise ValueError(f"{expression[place : place + 20]!r} is no part of an expression")
        if found.lastgroup != "space":
            yield Token(found.lastgroup, found.group())
        place = found.end()


def _at(tokens: list[Token], place: int) -> str:
    return tokens[place].text if place < len(tokens) else ""


def _until(tokens: list[Token], place: int, end: str) -> tuple[list[Token], int]:
    last = next(at for at in range(place, len(tokens)) if tokens[at].text == end)
    return tokens[place:last], last + 1


def _matchers(inside: list[Token]) -> dict[str, str]:
    """The labels with the value that each must equal; empty where it need not equal one."""
    return {
        name.text: value.text[1:-1] if sign.text == "=" else ""
        for name, sign, value in zip(inside, inside[1:], inside[2:], strict=False)
        if name.kind == "name" and sign.kind == "sign"
    }
