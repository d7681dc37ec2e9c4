"""The policy: every number that decisions depend on, and the words that actions are given."""

import tomllib
from collections.abc import Mapping
from hashlib import blake2b
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import asdict

from orchestrator.core.actions import SPOKEN
from orchestrator.core.assessments import AssessmentNumbers
from orchestrator.core.case import Rule
from orchestrator.core.events import Event
from orchestrator.core.numbers import Hours, Minutes, Numbers
from orchestrator.core.policy_reading import read_section
from orchestrator.core.rules.breaks import BreakNumbers
from orchestrator.core.rules.level import LevelNumbers
from orchestrator.core.rules.path import PathNumbers
from orchestrator.core.rules.quiet import sees_through
from orchestrator.core.rules.sel import SelNumbers
from orchestrator.core.rules.table import RULES, rules_for
from orchestrator.core.session import SessionNumbers
from orchestrator.core.streaks import StreakNumbers
from orchestrator.errors import InvalidPolicy

Text = Annotated[str, Meta(min_length=1, max_length=500)]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")]


class EventNumbers(Numbers, frozen=True):
    """The `event` section: what is still an event of now, and how much is remembered of events.

    `future_limit` and `entry_bytes` are for where events enter; decisions do not look at them.
    """

    lateness_limit: Hours
    future_limit: Minutes
    entry_bytes: Annotated[int, Meta(ge=1_000, le=1_000_000)]
    recent_ids: Annotated[int, Meta(ge=1, le=64)]
    slp_profile_bytes: Annotated[int, Meta(ge=0, le=512)]


class Words(Struct, frozen=True):
    """The words of a rule: a sentence for a teacher."""

    reason: Text


class SpokenWords(Words, frozen=True):
    """The words of a rule whose action a child sees: a title and a message as well."""

    title: Text
    message: Text


class Sections(Numbers, frozen=True):
    """What stands in the policy's file: a name, and the numbers by section."""

    name: Name
    event: EventNumbers
    streaks: StreakNumbers
    session: SessionNumbers
    assessments: AssessmentNumbers
    level: LevelNumbers
    path: PathNumbers
    sel: SelNumbers
    breaks: BreakNumbers


class Policy(Sections, frozen=True):
    """Every number of the rules, and the words by rule id. Made by load_policy, which checks it.

    `version` is the name with a hash of both texts: what an action says is part of the policy.
    `rules`: those that it has words for, by the type of event that they look at. `seen_through`:
    the types whose rules rules/quiet.py can speak for.
    """

    version: str
    messages: Mapping[str, Words]
    rules: Mapping[type[Event], tuple[Rule, ...]]
    seen_through: frozenset[type[Event]]


def load_policy(policy_toml: str, messages_toml: str, *, earlier: bool = False) -> Policy:
    """The policy of the two files' texts.

    `earlier`: texts of before, which cannot know of what has come since. A rule that they have no
    words for is none of theirs, and a number that they lack is its default; so a new rule begins
    with the policy that brings it, in a cluster and in a replay alike.
    Raises InvalidPolicy with all faults of both: unknown and missing keys, wrong types, numbers
    out of range, orders that cannot be meant, rules without words and words without a rule.
    """
    faults: list[str] = []
    table = _parse(policy_toml, "policy", faults)
    words = _parse(messages_toml, "messages", faults)
    sections = None if table is None else read_section(Sections, table, "", faults, earlier=earlier)
    messages = {} if words is None else _read_messages(words, faults, earlier=earlier)
    if faults or sections is None:
        raise InvalidPolicy(faults)
    version = f"{sections.name}-{_hash_of(policy_toml, messages_toml)}"
    kinds = {kind for rule in RULES for kind in rule.on}
    rules = {kind: tuple(rule for rule in rules_for(kind) if rule.id in messages) for kind in kinds}
    seen_through = frozenset(kind for kind in kinds if sees_through(rules[kind]))
    return Policy(
        **asdict(sections),
        version=version,
        messages=messages,
        rules=rules,
        seen_through=seen_through,
    )


def _parse(text: str, which: str, faults: list[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        faults.append(f"{which}: is not TOML: {error}")
        return None


def _read_messages(
    table: Mapping[str, object], faults: list[str], *, earlier: bool
) -> dict[str, Words]:
    shapes = {rule.id: SpokenWords if rule.action in SPOKEN else Words for rule in RULES}
    faults += [f"messages: {key}: no rule has this id" for key in table if key not in shapes]
    if not earlier:
        faults += [f"messages: {key}: is missing" for key in shapes if key not in table]
    read = {
        key: read_section(shape, table[key], f"messages: {key}", faults)
        for key, shape in shapes.items()
        if key in table
    }
    return {key: words for key, words in read.items() if words is not None}


def _hash_of(*texts: str) -> str:
    """12 hex digits; each text goes in with its length, so that none runs into the next."""
    digest = blake2b(digest_size=6)
    for text in texts:
        encoded = text.encode()
        digest.update(len(encoded).to_bytes(8) + encoded)
    return digest.hexdigest()
