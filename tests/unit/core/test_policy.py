"""The policy: read, and checked as a whole."""

import pytest

from orchestrator.core.actions import ActionType
from orchestrator.core.decide import Position, decide
from orchestrator.core.events import Event
from orchestrator.core.numbers import Numbers, Ratio
from orchestrator.core.policy import Policy, SpokenWords, load_policy
from orchestrator.core.policy_reading import read_section
from orchestrator.core.rules.table import RULES
from orchestrator.core.times import DAY, HOUR, MINUTE
from orchestrator.errors import InvalidPolicy
from tests.unit.core.samples import MESSAGES_TOML, POLICY, POLICY_TOML, coursework


def faults(policy: str = POLICY_TOML, messages: str = MESSAGES_TOML) -> list[str]:
    with pytest.raises(InvalidPolicy) as refused:
        load_policy(policy, messages)
    return refused.value.faults


def changed(*changes: tuple[str, str]) -> str:
    """The policy's text with the first line of each kind replaced."""
    text = POLICY_TOML
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_times_are_held_in_microseconds() -> None:
    assert POLICY.breaks.gap == 15 * MINUTE
    assert POLICY.breaks.session.after == 25 * MINUTE
    assert POLICY.event.lateness_limit == 24 * HOUR
    assert POLICY.assessments.within == 30 * DAY
    assert POLICY.sel.cooldown == 0


def test_a_time_may_be_a_fraction() -> None:
    policy = load_policy(changed(("gap_minutes = 15", "gap_minutes = 7.5")), MESSAGES_TOML)

    assert policy.breaks.gap == 7 * MINUTE + MINUTE // 2


def test_the_version_is_the_name_and_changes_with_either_text() -> None:
    comment = "\n# a comment"
    versions = [
        load_policy(POLICY_TOML, MESSAGES_TOML).version,
        load_policy(POLICY_TOML + comment, MESSAGES_TOML).version,
        load_policy(POLICY_TOML, MESSAGES_TOML + comment).version,
    ]

    assert all(version.startswith("aivo-") for version in versions)
    assert len(set(versions)) == 3
    assert versions[0] == POLICY.version


def test_every_rule_has_words_and_speaks_to_the_child_where_the_child_is_told() -> None:
    for rule in RULES:
        spoken = rule.action in {ActionType.GAME_BREAK, ActionType.SEL_INTERVENTION}
        assert isinstance(POLICY.messages[rule.id], SpokenWords) == spoken


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("streak = 3", "streak = 3\nstrea = 4", "level.down.strea: is not known"),
        ("streak = 3", "", "level.down.streak: is missing"),
        ("streak = 3", 'streak = "3"', "level.down.streak: Expected `int`, got `str`"),
        ("streak = 3", "streak = true", "level.down.streak: Expected `int`, got `bool`"),
        ("streak = 3", "streak = 0", "level.down.streak: Expected `int` >= 1"),
        ("streak = 3", "streak = 2.5", "level.down.streak: Expected `int`"),
        ("advanced = 0.90", "advanced = 1.1", "level.baseline.advanced: Expected `float` <= 1.0"),
        ("advanced = 0.90", "advanced = nan", "level.baseline.advanced: Expected"),
        ("advanced = 0.90", "advanced = 0.75", "level.baseline.easy: advanced, challenging"),
        ("easy = 0.25", "easy = 0.55", "level.baseline.easy: advanced, challenging"),
        ("challenging = 0.75", "challenging = 0.50", "level.baseline.easy: advanced, challenging"),
        ("moderate = 0.50", "moderate = 0.25", "level.baseline.easy: advanced, challenging"),
        ("performance = 0.85", "performance = 0.35", "level.up.performance: must be above"),
        ("correct_from = 0.80", "correct_from = 0.40", "streaks.correct_from: must be above"),
        ("moderate_below = 0.60", "moderate_below = 0.3", "path.adjustments.moderate_below: must"),
        ("kept_for_minutes = 120", "kept_for_minutes = 59", "sel.kept_for_minutes: must not"),
        ("repeated = 2", "repeated = 33", "sel.kept: must not be below repeated"),
        ("gap_minutes = 15", "gap_minutes = -1", "breaks.gap_minutes: a time must be at least 0"),
        ("gap_minutes = 15", "gap_minutes = inf", "breaks.gap_minutes: a time must be"),
        ("gap_minutes = 15", "gap_minutes = nan", "breaks.gap_minutes: a time must be"),
        ("gap_minutes = 15", "gap_minutes = true", "breaks.gap_minutes: Expected `float`"),
        ("gap_minutes = 15", 'gap_minutes = "15"', "breaks.gap_minutes: Expected `float`"),
        ("gap_minutes = 15", "gap = 15", "breaks.gap: is not known"),
        ("expires_hours = 24", "expires_hours = 99999", "level.expires_hours: a time must be"),
        ("recent_ids = 64", "recent_ids = 65", "event.recent_ids: Expected `int` <= 64"),
        ("kept = 32", "kept = 33", "sel.kept: Expected `int` <= 32"),
        ('start = "moderate"', 'start = "hard"', "level.start: Invalid enum value 'hard'"),
        ('name = "aivo"', 'name = "Aivo 2"', "name: Expected `str` matching regex"),
        ("[breaks.sel]\n", "[breaks.self]\n", "breaks.sel: is missing"),
    ],
)
def test_a_fault_is_named(old: str, new: str, fault: str) -> None:
    found = faults(changed((old, new)))

    assert any(one.startswith(fault) for one in found), found


def test_what_is_counted_may_be_just_what_is_kept() -> None:
    policy = load_policy(
        changed(("kept_for_minutes = 120", "kept_for_minutes = 60"), ("kept = 32", "kept = 2")),
        MESSAGES_TOML,
    )

    assert policy.sel.kept_for == policy.sel.window
    assert policy.sel.kept == policy.sel.repeated


def test_a_section_that_is_a_number_is_named() -> None:
    assert "streaks: expected a table, got int" in faults(
        POLICY_TOML.replace("[streaks]\n", "[streaks_]\n").replace(
            '"aivo"\n', '"aivo"\nstreaks = 1\n'
        )
    )


def test_all_faults_are_reported_together() -> None:
    policy = changed(
        ("advanced = 0.90", "advanced = 2"),
        ("streak = 3", "streak = 0"),
        ("performance = 0.85", "performance = 0.1"),
        ("pause_minutes = 15", "pause_minutes = -15"),
    )
    messages = MESSAGES_TOML.replace('["break.sel"]', '["break.cell"]')

    found = faults(policy, messages)

    named = [
        "level.baseline.advanced",
        "level.down.streak",
        "session.pause_minutes",
        "messages: break.cell",
        "messages: break.sel",
    ]
    assert [one.split(": ")[0] for one in sorted(found) if "messages" not in one] == named[:3]
    assert all(any(one.startswith(name) for one in found) for name in named)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('["break.sel"]', '["break.cell"]', "messages: break.cell: no rule has this id"),
        ('["break.sel"]', '["break.cell"]', "messages: break.sel: is missing"),
        ('title = "A quiet moment"\n', "", "messages: break.sel.title: is missing"),
        ('title = "A quiet moment"', 'title = ""', "messages: break.sel.title: Expected"),
        ('title = "A quiet moment"', "title = 5", "messages: break.sel.title: Expected"),
        (
            '["path.coursework"]\n',
            '["path.coursework"]\ntitle = "x"\n',
            "messages: path.coursework.title: is not known",
        ),
    ],
)
def test_a_fault_in_the_words_is_named(old: str, new: str, fault: str) -> None:
    assert old in MESSAGES_TOML

    found = faults(messages=MESSAGES_TOML.replace(old, new, 1))

    assert any(one.startswith(fault) for one in found), found


@pytest.mark.parametrize("text", ["name = ", "[", "a = 1\na = 2", "\ud800"])
def test_a_text_that_is_no_toml_is_a_fault_like_any_other(text: str) -> None:
    found = faults(text, text)

    assert [one.partition(": is not TOML")[0] for one in found] == ["policy", "messages"]


WITHOUT_WORDS = MESSAGES_TOML.replace('["level.up.streak"]', "").replace(
    'reason = "Many answers in a row were right, so this learner is ready for more."', ""
)


def test_a_policy_of_before_has_no_rule_that_has_come_since() -> None:
    before = load_policy(POLICY_TOML, WITHOUT_WORDS, earlier=True)
    seen = coursework(0.7, answers=[True] * 5)

    assert rules(seen, before) == []
    assert rules(seen, POLICY) == ["level.up.streak"]
    assert faults(messages=WITHOUT_WORDS) == ["messages: level.up.streak: is missing"]


def rules(seen: Event, policy: Policy) -> list[str]:
    return [action.rule for action in decide(None, seen, Position(0, 0), policy).actions]


class Later(Numbers, frozen=True):
    """A section to which `since` was added."""

    least: Ratio
    since: Ratio = 0.98


def test_a_number_that_has_come_since_is_its_default_in_a_policy_of_before() -> None:
    found: list[str] = []

    assert read_section(Later, {"least": 0.5}, "level", found, earlier=True) == Later(0.5, 0.98)
    assert found == []
    assert read_section(Later, {"least": 0.5}, "level", found) is None
    assert read_section(Later, {"since": 0.5}, "level", found, earlier=True) is None
    assert found == ["level.since: is missing", "level.least: is missing"]
