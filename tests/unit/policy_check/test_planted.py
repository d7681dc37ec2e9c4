"""What is planted in a policy is found, with the smallest history, and the history shows it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from orchestrator.core.actions import Action, ActionType
from orchestrator.core.case import Rule, Verdict
from orchestrator.core.events import EngagementLow, Event, SelAlert
from orchestrator.core.levels import Level
from orchestrator.core.policy import Policy, load_policy
from orchestrator.core.times import HOUR, MINUTE, micros
from orchestrator.policy_check.findings import SEVERITY, Finding, Severity
from orchestrator.policy_check.limits import Limits
from tests.unit.core.samples import MESSAGES_TOML, POLICY, POLICY_TOML
from tests.unit.policy_check.house import KNOWN, brief, checked, policy_with, replayed

LEVELS = tuple(Level)
Decided = Sequence[tuple[Event, Sequence[Action]]]
History = list[tuple[int, str, tuple[str, ...]]]


def without_the_grave_rule() -> Policy:
    """Texts of before there was the rule."""
    begin = MESSAGES_TOML.index('["sel.high_severity"]')
    end = MESSAGES_TOML.index("\n[", begin + 1)
    return load_policy(POLICY_TOML, MESSAGES_TOML[:begin] + MESSAGES_TOML[end:], earlier=True)


def with_a_rule_that_forgets_the_gap() -> Policy:
    """As somebody might add one to the table."""
    parameters = {"break_type": "energizer", "duration_minutes": 3}
    careless = Rule(
        "break.engagement_low",
        ActionType.GAME_BREAK,
        (EngagementLow,),
        lambda _case: Verdict(True, None, None, parameters=parameters),
    )
    return replace(POLICY, rules={**POLICY.rules, EngagementLow: (careless,)})


class Plant(NamedTuple):
    """A policy, what is to be found in it, and the smallest history."""

    policy: Callable[[], Policy]
    id: str
    subject: str
    history: History


def edited(*changes: tuple[str, str]) -> Callable[[], Policy]:
    return lambda: policy_with(*changes)


HIGH = ("sel.high_severity", "break.sel")

PLANTS = [
    Plant(edited(("below = 0.40", "below = 0.0")), "rule.unreachable", "level.slp", []),
    Plant(
        edited(
            ("performance = 0.35", "performance = 0.99"),
            ("performance = 0.85", "performance = 1.0"),
        ),
        "rule.overshadowed",
        "level.down.streak",
        [(0, "COURSEWORK_ANALYZED", ("level.down.performance",))],
    ),
    Plant(
        edited(
            ("performance = 0.35", "performance = 0.50"),
            ("performance = 0.85", "performance = 0.51"),
        ),
        "level.ping-pong",
        "level.down.performance and level.up.performance",
        [
            (0, "COURSEWORK_ANALYZED", ("level.down.performance",)),
            (60, "COURSEWORK_ANALYZED", ("level.up.performance",)),
            (120, "COURSEWORK_ANALYZED", ("level.down.performance",)),
        ],
    ),
    Plant(
        edited(
            ("correct_from = 0.80", "correct_from = 0.30"),
            ("incorrect_to = 0.40", "incorrect_to = 0.2"),
        ),
        "level.ping-pong",
        "level.down.performance and level.up.streak",
        [
            (0, "COURSEWORK_ANALYZED", ("level.down.performance",)),
            *((60 * n, "COURSEWORK_ANALYZED", ()) for n in range(1, 5)),
            (300, "COURSEWORK_ANALYZED", ("level.up.streak",)),
            (360, "COURSEWORK_ANALYZED", ("level.down.performance",)),
        ],
    ),
    Plant(
        edited(("streak = 3", "streak = 1")),
        "level.both-ways",
        "level.down.streak and level.up.performance",
        [(0, "COURSEWORK_ANALYZED", ("level.down.streak",))],
    ),
    Plant(
        edited(("below = 0.40", "below = 0.90")),
        "level.two-at-once",
        "level.slp",
        [
            (0, "BASELINE_COMPLETE", ("level.baseline", "path.baseline")),
            (60, "SLP_UPDATED", ("level.slp",)),
        ],
    ),
    Plant(without_the_grave_rule, "sel.unanswered", "sel.high_severity", [(0, "SEL_ALERT", ())]),
    Plant(
        edited(("cooldown_minutes = 0", "cooldown_minutes = 90")),
        "sel.silenced",
        "sel.cooldown_minutes",
        [(0, "SEL_ALERT", HIGH), (3_600, "SEL_ALERT", ()), (3_660, "SEL_ALERT", ())],
    ),
    Plant(
        edited(("gap_minutes = 15", "gap_minutes = 14")),
        "break.too-many",
        "an hour",
        [(840 * n, "SEL_ALERT", HIGH) for n in range(5)],
    ),
    Plant(
        with_a_rule_that_forgets_the_gap,
        "break.gap",
        "break.engagement_low",
        [
            (0, "ENGAGEMENT_LOW", ("break.engagement_low",)),
            (60, "ENGAGEMENT_LOW", ("break.engagement_low",)),
        ],
    ),
    Plant(
        edited(("gap_minutes = 15", "gap_minutes = 2")),
        "break.overlap",
        "breaks.gap_minutes",
        [(0, "SEL_ALERT", HIGH), (120, "SEL_ALERT", HIGH)],
    ),
    Plant(
        edited(("after_minutes = 25", "after_minutes = 4")),
        "break.outweighs",
        "break.session",
        [(0, "COURSEWORK_ANALYZED", ("break.session",))],
    ),
    Plant(
        edited(("after_minutes = 25", "after_minutes = 90")),
        "break.withheld",
        "break.session",
        [(0, "COURSEWORK_ANALYZED", ())],
    ),
    Plant(
        edited(("pause_minutes = 15", "pause_minutes = 5")),
        "break.withheld",
        "break.session",
        [(599 * n, "LEARNER_PROGRESS", ()) for n in range(8)],
    ),
    Plant(
        edited(("expires_minutes = 10", "expires_minutes = 0")),
        "action.expires",
        "GAME_BREAK",
        [(0, "ENGAGEMENT_LOW", ("level.engagement_low", "break.engagement_low"))],
    ),
    Plant(
        edited(("You have time.", "You have {minutes} minutes.")),
        "text.placeholder",
        "break.sel.message",
        [(0, "SEL_ALERT", HIGH)],
    ),
    Plant(
        edited(('title = "A quiet moment"', 'title = "  "')),
        "text.blank",
        "break.sel.title",
        [(0, "SEL_ALERT", HIGH)],
    ),
    Plant(
        edited(('title = "A quiet moment"', f'title = "{"A quiet moment " * 5}"')),
        "text.long",
        "break.sel.title",
        [(0, "SEL_ALERT", HIGH)],
    ),
]


def found(policy: Policy, plant: Plant) -> Finding:
    (finding,) = (one for one in checked(policy).findings if (one.id, one.subject) == plant[1:3])
    return finding


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: f"{plant.id}-{plant.subject}")
def test_it_is_found_with_the_smallest_history_and_the_fold_shows_it(plant: Plant) -> None:
    policy = plant.policy()
    finding = found(policy, plant)

    assert finding.severity is SEVERITY[plant.id]
    if not plant.history:
        assert finding.history == ()
        return
    assert brief(finding) == plant.history
    again = replayed(policy, finding)
    assert {row.outcome for row in again.rows} == {"decided"}
    assert SHOWS[plant.id](again.actions)


def test_every_kind_of_finding_is_planted() -> None:
    assert {plant.id for plant in PLANTS} == set(SEVERITY)
    assert set(SHOWS) == set(SEVERITY) - {"rule.unreachable"}


def test_the_shipped_policy_shows_nothing_but_what_is_meant() -> None:
    whole = checked(POLICY)

    assert {(one.id, one.subject) for one in whole.findings} == KNOWN
    assert whole.worst() is Severity.WARNING
    for finding in whole.findings:
        again = replayed(POLICY, finding)
        shown = [list(moment.given) for moment in finding.history]
        assert [list(given) for _, given in again.actions] == shown
        assert again.state == finding.history[-1].state


def test_the_limits_are_the_caller_s_to_choose() -> None:
    strict = Limits(breaks_an_hour=3, learning=24 * MINUTE)
    ids = {finding.id for finding in checked(POLICY, limits=strict).findings}
    assert {"break.too-many", "break.withheld"} <= ids


def breaks(decided: Decided) -> list[tuple[int, int]]:
    """When, and how long, in microseconds."""
    return [
        (micros(event.timestamp), one.parameters["duration_minutes"] * MINUTE)
        for event, given in decided
        for one in given
        if one.type is ActionType.GAME_BREAK
    ]


def moves(decided: Decided) -> list[int]:
    """The levels up (below 0: down) of each permanent suggestion."""
    return [
        LEVELS.index(Level(one.parameters["suggested_level"]))
        - LEVELS.index(Level(one.parameters["current_level"]))
        for _, given in decided
        for one in given
        if one.type is ActionType.LEVEL_SUGGESTED and not one.parameters["temporary"]
    ]


def interventions(decided: Decided) -> list[bool]:
    """Whether each alert had one."""
    return [
        any(one.type is ActionType.SEL_INTERVENTION for one in given)
        for event, given in decided
        if isinstance(event, SelAlert)
    ]


def last_given(decided: Decided) -> Action:
    return decided[-1][1][-1]


def lives(action: Action) -> int:
    assert action.expires_at is not None
    return micros(action.expires_at) - micros(action.created_at)


SHOWS: dict[str, Callable[[Decided], bool]] = {
    "rule.overshadowed": lambda seen: last_given(seen).rule == "level.down.performance",
    "level.ping-pong": lambda seen: [step > 0 for step in moves(seen)] == [False, True, False],
    "level.both-ways": lambda seen: moves(seen) == [-1],
    "level.two-at-once": lambda seen: moves(seen)[-1] <= -2,
    "sel.unanswered": lambda seen: interventions(seen) == [False],
    "sel.silenced": lambda seen: interventions(seen) == [True, False, False],
    "break.too-many": lambda seen: (
        len(breaks(seen)) == 5 and breaks(seen)[-1][0] - breaks(seen)[0][0] < HOUR
    ),
    "break.gap": lambda seen: breaks(seen)[1][0] - breaks(seen)[0][0] < POLICY.breaks.gap,
    "break.overlap": lambda seen: breaks(seen)[1][0] < sum(breaks(seen)[0]),
    "break.outweighs": lambda seen: (
        last_given(seen).parameters["duration_minutes"] > last_given(seen).evidence["observed"]
    ),
    "break.withheld": lambda seen: breaks(seen) == [],
    "action.expires": lambda seen: lives(last_given(seen)) < MINUTE,
    "text.placeholder": lambda seen: "{minutes}" in str(last_given(seen).message),
    "text.blank": lambda seen: not str(last_given(seen).title).strip(),
    "text.long": lambda seen: len(str(last_given(seen).title)) > 60,
}
"""By finding, whether the actions of the fold show it."""
