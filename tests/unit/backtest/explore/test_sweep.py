"""What a sweep counts is what core/fold.py gives under each of the policies."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings

from orchestrator.archive.source import Chunk
from orchestrator.backtest.explore.counts import TYPES, SweepCounts, summed
from orchestrator.backtest.explore.grid import make_grid
from orchestrator.backtest.explore.parameters import read_parameters
from orchestrator.backtest.explore.sweep import Sweep
from orchestrator.core.actions import Action
from orchestrator.core.event_codec import decode_event, encode_event
from orchestrator.core.events import Event
from orchestrator.core.fold import Batch, fold
from orchestrator.core.ids import learner_key
from orchestrator.core.policy import Policy
from orchestrator.core.policy_records import (
    CONTROL_KEY,
    PolicyActivated,
    PolicyText,
    encode_control,
)
from orchestrator.core.times import micros
from tests.properties.histories import histories, lives
from tests.unit.backtest.explore.lessons import Lessons, Record
from tests.unit.core.samples import MESSAGES_TOML, POLICY, POLICY_TOML, START

BASE = PolicyText(POLICY_TOML, MESSAGES_TOML)
TWO = ("break.session.minutes=20..30:5", "level.up.performance=0.8,0.85,0.95")
OTHERS = (
    ("sel.window_minutes=10,60,120", "breaks.gap_minutes=0,15,40"),
    ("streaks.correct_from=0.5,0.8", "level.down.streak=1,3"),
    ("session.pause_minutes=5,15", "breaks.engagement.below=0.1,0.3,0.9"),
    ("assessments.kept=1,3", "level.down.performance=0.1,0.35,0.6"),
    ("event.lateness_limit_hours=0,1,24", "level.up.streak=1,2,5"),
)


def policies_of(typed: tuple[str, ...]) -> list[Policy]:
    grid = make_grid(BASE, read_parameters(typed, POLICY_TOML))
    return [text.load() for text in grid.texts()]


def folded(records: Sequence[Record], policy: Policy, partition: int) -> list[tuple[bytes, Action]]:
    batch = Batch("events", partition, {policy.version: policy}, policy.version, START)
    return fold(batch, records, {}).actions


def by_type(actions: Sequence[tuple[bytes, Action]]) -> tuple[list[int], list[int]]:
    """Actions, and learners who got any, in the order of TYPES."""
    given = Counter(action.type for _, action in actions)
    learners = Counter(kind for _, kind in {(key, action.type) for key, action in actions})
    return [given[kind] for kind in TYPES], [learners[kind] for kind in TYPES]


def swept(source: Lessons, policies: Sequence[Policy]) -> SweepCounts:
    parts = []
    for partition, span in source.spans().items():
        sweep = Sweep(POLICY, policies)
        for chunk in source.chunks(partition, span):
            sweep.take(chunk)
        parts.append(sweep.counts())
    return summed(parts, len(policies))


@pytest.mark.parametrize("typed", [TWO, *OTHERS], ids=lambda typed: typed[0].partition("=")[0])
def test_each_points_counts_are_those_of_a_fold_under_its_policy(typed: tuple[str, ...]) -> None:
    source = Lessons(1_200)
    policies = policies_of(typed)
    counts = swept(source, policies)
    records = {partition: source.records(partition) for partition in source.spans()}
    for policy, point in zip(policies, counts.points, strict=True):
        actions = [
            action
            for partition in records
            for action in folded(records[partition], policy, partition)
        ]
        assert (point.actions, point.learners) == by_type(actions)
    assert len({tuple(point.actions) for point in counts.points}) > 1
    assert counts.records == sum(map(len, records.values()))
    assert counts.refused > 0


def chunk_of(records: Sequence[Record]) -> Chunk:
    return Chunk(
        0,
        [each.offset for each in records],
        [each.key for each in records],
        [each.value for each in records],
    )


def timed(records: Sequence[Record]) -> list[tuple[datetime, Record]]:
    """The records that are events, each with its time."""
    found = [each for each in records if each.value and each.value.startswith(b"{")]
    return [(decode_event(each.value or b"").timestamp, each) for each in found]


POINTS = policies_of(TWO) + [policy for typed in OTHERS for policy in policies_of(typed)]


@given(histories | lives)
@settings(max_examples=30, deadline=None)
def test_any_history_is_counted_as_folds_count_it(history: list[Event]) -> None:
    if not history:
        return
    records = [
        Record(learner_key(event.tenant_id, event.learner_id), encode_event(event), offset)
        for offset, event in enumerate(history)
    ]
    sweep = Sweep(POLICY, POINTS)
    sweep.take(chunk_of(records))
    for policy, point in zip(POINTS, sweep.counts().points, strict=True):
        assert (point.actions, point.learners) == by_type(folded(records, policy, 0))


def test_until_the_range_begins_all_points_stand_where_the_base_puts_them() -> None:
    """So the points' states begin from those of a fold under the base."""
    source = Lessons(1_200)
    since = START + timedelta(days=1)
    records = timed(source.records(0))
    before = [record for at, record in records if at < since]
    policy = policies_of(("level.up.performance=0.6,0.7",))[1]
    rows = fold(Batch("events", 0, {POLICY.version: POLICY}, POLICY.version, START), before, {})
    after = fold(
        Batch("events", 0, {policy.version: policy}, policy.version, START),
        [record for at, record in records if at >= since],
        {key: value for key, value in rows.changes.items() if b"/" in key},
    )

    sweep = Sweep(POLICY, [policy], since=micros(since))
    sweep.take(chunk_of([record for _, record in records]))

    assert (sweep.counts().points[0].actions, sweep.counts().points[0].learners) == by_type(
        after.actions
    )
    assert after.actions


def test_events_at_the_end_of_the_range_or_later_are_not_looked_at() -> None:
    records = timed(Lessons(1_200).records(0))
    until = START + timedelta(days=1)
    sweep, short = Sweep(POLICY, [POLICY], until=micros(until)), Sweep(POLICY, [POLICY])
    sweep.take(chunk_of([record for _, record in records]))
    short.take(chunk_of([record for at, record in records if at < until]))
    assert sweep.counts().points == short.counts().points
    assert sweep.counts().learner_days == short.counts().learner_days > 0


def test_other_keys_and_control_records_are_passed_over() -> None:
    records = Lessons(600).records(0)
    chosen = next(each.key for each in records if each.key)
    control = encode_control(PolicyActivated("other"))
    sweep = Sweep(POLICY, [POLICY], only=lambda key: key == chosen)
    sweep.take(chunk_of([Record(CONTROL_KEY, control, 0), *records]))
    assert sweep.counts().learners == 1
    assert (
        sweep.counts().points[0].actions
        == by_type([pair for pair in folded(records, POLICY, 0) if pair[0] == chosen])[0]
    )
