"""Why it was decided so: an event of the past, what it gave, and what it did not."""

import tomllib
from typing import Any, NamedTuple

from orchestrator.core.decide import Position
from orchestrator.core.why.silent import Past, Silent, silent_rules
from orchestrator.policy_check.meanings import MEANINGS
from orchestrator.retrace.life import Life, Lived


class Explanation(NamedTuple):
    """One event: what was decided, and for each rule that stayed silent what was missing.

    `numbers`: of each rule that gave an action, what the policy's file says for it, by key.
    """

    lived: Lived
    partition: int
    silent: tuple[Silent, ...]
    numbers: dict[str, dict[str, Any]]


def explain(life: Life, lived: Lived) -> Explanation:
    """Explain one event of a learner's life."""
    place = Position(life.partition, lived.row.offset)
    silent = silent_rules(Past(lived.before, lived.event, place, lived.policy))
    text = life.policies.texts[lived.policy.version].policy
    numbers = {action.rule: numbers_of(action.rule, text) for action in lived.actions}
    return Explanation(lived, life.partition, silent, numbers)


def numbers_of(rule: str, policy_toml: str) -> dict[str, Any]:
    """The keys of a policy's file that a rule depends on, and their values as they stand there."""
    table = tomllib.loads(policy_toml)
    found = {key: _at(table, key) for key, meaning in MEANINGS.items() if rule in meaning.rules}
    return {key: value for key, value in found.items() if value is not None}


def _at(table: dict[str, Any], key: str) -> Any:
    part: Any = table
    for name in key.split("."):
        part = part.get(name) if isinstance(part, dict) else None
    return part
