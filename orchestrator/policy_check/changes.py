"""What differs between two policies: key by key, and in words."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from orchestrator.core.levels import Level, is_above
from orchestrator.core.policy_records import PolicyText
from orchestrator.policy_check.meanings import MEANINGS, Meaning

MESSAGES = "messages: "
UNITS = ("minutes", "hours", "days", "bytes")


class Change(Struct, frozen=True, kw_only=True):
    """One key that differs.

    `key`: its path, in the messages after "messages: ". `before` and `after`: its values, None
    where it is not there. `direction`: "sooner", "fewer" and the like, where that can be said.
    `rules`: the ids of those that it touches. `words`: all of it in a sentence or two.
    """

    key: str
    before: Any
    after: Any
    words: str
    direction: str | None = None
    rules: tuple[str, ...] = ()

    @property
    def raw(self) -> str:
        """The key, the old value and the new one, in a line."""
        said = ("not there" if value is None else value for value in (self.before, self.after))
        return f"{self.key}: {' -> '.join(map(str, said))}"


def changes(old: PolicyText, new: PolicyText) -> list[Change]:
    """What differs, the numbers first, by their keys.

    Raises InvalidPolicy if one of the texts is no policy, of now or of before.
    """
    for text in (old, new):
        text.load_earlier()
    numbers = [_of_number(*found) for found in _differing(old.policy, new.policy)]
    texts = [_of_text(*found) for found in _differing(old.messages, new.messages)]
    return numbers + texts


def _differing(old: str, new: str) -> Iterator[tuple[str, Any, Any]]:
    before, after = dict(_flat(tomllib.loads(old))), dict(_flat(tomllib.loads(new)))
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield key, before.get(key), after.get(key)


def _flat(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def _of_number(key: str, before: Any, after: Any) -> Change:
    meaning = MEANINGS.get(key)
    if meaning is None:
        return Change(key=key, before=before, after=after, words=_plainly(key, before, after))
    direction = None
    if before is not None and after is not None:
        direction = meaning.works.direction(raised=_is_raised(before, after))
    return Change(
        key=key,
        before=before,
        after=after,
        words=_in_words(key, meaning, before, after, direction),
        direction=direction,
        rules=meaning.rules,
    )


def _is_raised(before: Any, after: Any) -> bool:
    if isinstance(before, str):
        return is_above(Level(after), Level(before))
    return bool(after > before)


def _in_words(key: str, meaning: Meaning, before: Any, after: Any, direction: str | None) -> str:
    said = meaning.says.format(new=_with_unit(key, after), old=_value(before))
    if direction is not None:
        said += f": {meaning.effect.format(so=direction)}"
    touched = f" Rules: {', '.join(meaning.rules)}." if meaning.rules else ""
    return f"{said}.{touched}"


def _with_unit(key: str, value: Any) -> str:
    """The value with the unit that its key ends in: "20 minutes"."""
    unit = next((unit for unit in UNITS if key.endswith(unit)), None)
    if unit is None or value is None:
        return _value(value)
    return f"{_value(value)} {unit.removesuffix('s') if value == 1 else unit}"


def _value(value: Any) -> str:
    """A number as a person writes it."""
    if value is None:
        return "what is usual"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _plainly(key: str, before: Any, after: Any) -> str:
    return f"The {key} is {_value(after)} instead of {_value(before)}."


def _of_text(key: str, before: Any, after: Any) -> Change:
    rule, _, kind = key.rpartition(".")
    if before is None:
        words = f"The {kind} of {rule} is new: {_quoted(after)}."
    elif after is None:
        words = f"The {kind} of {rule} is no longer there: {_quoted(before)}."
    else:
        words = f"The {kind} of {rule} is {_quoted(after)} instead of {_quoted(before)}."
    return Change(key=f"{MESSAGES}{key}", before=before, after=after, words=words, rules=(rule,))


def _quoted(text: Any) -> str:
    return f'"{text}"'
