"""The words of a policy: there to be read by a child, and as they stand."""

import re
from collections.abc import Iterator

from orchestrator.core.policy import Policy, SpokenWords
from orchestrator.policy_check.findings import Found
from orchestrator.policy_check.limits import Limits

# Words are said as they stand: nothing is put in. So whatever looks like a place to put something
# into is one that does not exist, and a child would read its braces.
_PLACEHOLDER = re.compile(r"\{[^{}]*\}|\$\{?\w+|%\(\w+\)[sd]|%[sd]\b|<[a-z_]+>")


def faults_of(policy: Policy, limits: Limits) -> Iterator[tuple[str, Found]]:
    """What is wrong with the words of each rule, by the rule."""
    for rule, words in policy.messages.items():
        most: dict[str, int | None] = {"reason": None}
        if isinstance(words, SpokenWords):
            most |= {"title": limits.title, "message": limits.message}
        for kind, length in most.items():
            for found in _faults(f"{rule}.{kind}", getattr(words, kind), length):
                yield rule, found


def _faults(where: str, text: str, most: int | None) -> Iterator[Found]:
    if not text.strip():
        yield Found("text.blank", where, f"{where} is blank: nobody would read anything.")
    for placeholder in _PLACEHOLDER.findall(text):
        words = f"{where} would be read as it stands, with {placeholder}: nothing is put in there."
        yield Found("text.placeholder", where, words)
    if most is not None and len(text) > most:
        words = f"{where} has {len(text)} characters; a child should not have to read over {most}."
        yield Found("text.long", where, words)
