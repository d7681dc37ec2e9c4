"""What differs between two policies, in words."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from orchestrator.core.policy_records import PolicyText
from orchestrator.core.rules.table import RULES
from orchestrator.errors import InvalidPolicy
from orchestrator.policy_check.changes import Change, changes
from orchestrator.policy_check.meanings import MEANINGS, Works
from tests.unit.core.samples import MESSAGES_TOML, POLICY_TOML

SHIPPED = PolicyText(POLICY_TOML, MESSAGES_TOML)


def keys(table: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from keys(value, f"{path}{key}.")
        else:
            yield f"{path}{key}"


def change(old: str, new: str) -> Change:
    """The only change that comes of one edit of the shipped texts."""
    assert (POLICY_TOML + MESSAGES_TOML).count(old) == 1, old
    edited = PolicyText(POLICY_TOML.replace(old, new), MESSAGES_TOML.replace(old, new))
    (found,) = changes(SHIPPED, edited)
    return found


def test_every_number_of_the_policy_has_a_meaning_and_no_meaning_is_of_none() -> None:
    assert set(keys(tomllib.loads(POLICY_TOML))) - {"name"} == set(MEANINGS)


def test_a_meaning_names_rules_that_there_are() -> None:
    known = {rule.id for rule in RULES}
    assert {rule for meaning in MEANINGS.values() for rule in meaning.rules} <= known


def test_a_time_that_is_awaited_comes_sooner_when_it_is_shorter() -> None:
    found = change("after_minutes = 25", "after_minutes = 20")

    assert found.words == (
        "A break after 20 minutes of learning instead of 25: breaks come sooner. "
        "Rules: break.session."
    )
    assert found.raw == "breaks.session.after_minutes: 25 -> 20"
    assert (found.direction, found.rules) == ("sooner", ("break.session",))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("performance = 0.85", "performance = 0.9", "fewer steps up"),
        ("performance = 0.35", "performance = 0.4", "more steps down"),
        ("gap_minutes = 15", "gap_minutes = 20", "breaks lie farther apart"),
        ("pause_minutes = 15", "pause_minutes = 5", "breaks for a long stretch come later"),
        ("recent_ids = 64", "recent_ids = 8", "fewer repetitions are known"),
        ('start = "moderate"', 'start = "easy"', "new learners begin lower"),
        ("window_minutes = 60", "window_minutes = 90", "more interventions for repeated alerts"),
        ("cooldown_minutes = 0", "cooldown_minutes = 1", "fewer interventions"),
    ],
)
def test_the_direction_follows_from_how_a_number_is_compared(old: str, new: str, said: str) -> None:
    assert f": {said}" in change(old, new).words


def test_one_of_a_unit_is_written_as_one() -> None:
    words = change("cooldown_minutes = 0", "cooldown_minutes = 1").words
    assert words.startswith("Repeated alerts stay quiet for 1 minute after")


def test_changed_words_are_shown_before_and_after() -> None:
    found = change('title = "Let\'s check in"', 'title = "Hello"')

    assert found.words == 'The title of sel.repeated is "Hello" instead of "Let\'s check in".'
    assert found.key == "messages: sel.repeated.title"


def test_a_number_that_an_earlier_policy_lacks_stands_beside_what_is_usual() -> None:
    name = change('name = "aivo"', 'name = "candidate"')
    assert name.words == "The name is candidate instead of aivo."
    gone = Change(key="sel.kept", before=None, after=32, words="")
    assert gone.raw == "sel.kept: not there -> 32"


def test_the_same_policy_differs_in_nothing() -> None:
    assert changes(SHIPPED, SHIPPED) == []


def test_what_is_no_policy_is_not_compared() -> None:
    with pytest.raises(InvalidPolicy, match="gap_minutes"):
        changes(SHIPPED, PolicyText(POLICY_TOML.replace("gap_minutes = 15", ""), MESSAGES_TOML))


def test_each_way_of_comparing_is_used() -> None:
    assert {meaning.works for meaning in MEANINGS.values()} == set(Works)
