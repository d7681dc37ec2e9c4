"""What docs/security.md asks an operator to type."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parents[2] / "docs" / "security.md"


class Rule(NamedTuple):
    """Something that a user of Kafka may do; numbers as in Kafka's protocol."""

    kind: int
    name: str
    pattern: int
    operation: int


KINDS = {"--topic": 2, "--group": 3, "--transactional-id": 5}
LITERAL, PREFIXED = 3, 4
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}


def kafka_acls(user: str) -> list[Rule]:
    """What the calls of kafka-acls allow to `user`."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    calls = [line.split()[1:] for line in lines if line.startswith("kafka-acls ")]
    assert calls
    return [rule for call in calls for rule in _rules(call, user)]


def _rules(words: list[str], user: str) -> Iterator[Rule]:
    assert words.pop(0) == "--add"
    options = list(zip(words[::2], words[1::2], strict=True))
    assert ("--allow-principal", f"User:{user}") in options
    (thing,) = ((KINDS[name], value) for name, value in options if name in KINDS)
    prefixed = ("--resource-pattern-type", "prefixed") in options
    for name, value in options:
        if name == "--operation":
            yield Rule(*thing, PREFIXED if prefixed else LITERAL, OPERATIONS[value])


def redis_acl(password: str) -> list[str]:
    """The words of the one ACL SETUSER, with a password."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith("ACL SETUSER"))
    assert " >PASSWORD " in line
    return line.replace(">PASSWORD", f">{password}").split()
