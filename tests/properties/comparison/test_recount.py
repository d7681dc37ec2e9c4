"""Every number of a comparison, counted a second time by other means."""

from collections import Counter
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from msgspec.structs import asdict

from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.pair import ALWAYS, Pair
from orchestrator.comparison.slices import all_slices
from orchestrator.comparison.summarising import Reading, summarise
from orchestrator.comparison.summary import Comparison, Slice, SliceBy
from orchestrator.comparison.tally import Tally, decode_tally, encode_tally
from orchestrator.core.times import micros
from tests.comparison_example import header
from tests.properties.comparison import recount
from tests.properties.comparison.log import FIRST_DAY, real_log
from tests.properties.comparison.recount import Log, Range, Side
from tests.unit.comparison.samples import KEY, SOONER, policy_with
from tests.unit.core.samples import POLICY

LIMIT = 4
"""Breaks a day, low enough that some have more."""

ALL_CHANGED = policy_with(
    ("after_minutes = 25", "after_minutes = 20"),
    ("gap_minutes = 15", "gap_minutes = 10"),
    ("repeated = 2", "repeated = 3"),
    ("\nbelow = 0.30\nminutes = 3", "\nbelow = 0.40\nminutes = 4"),
    ("performance = 0.85", "performance = 0.97"),
    ("lateness_limit_hours = 24", "lateness_limit_hours = 48"),
)
"""Differs in breaks, interventions, parameters, levels and in what is too late."""


class Run(NamedTuple):
    """Two policies over the same log: as the report has it, and by other means."""

    comparison: Comparison
    slices: tuple[Slice, ...]
    base: Side
    candidate: Side
    candidate_version: str


@pytest.fixture(scope="module")
def log() -> Log:
    return real_log(learners=150, events=20_000, live=POLICY)


THE_SECOND_WEEK = Range(
    FIRST_DAY + timedelta(days=4), FIRST_DAY + timedelta(days=8, hours=4), POLICY
)


@pytest.fixture(
    scope="module",
    params=[(SOONER, None), (ALL_CHANGED, None), (ALL_CHANGED, THE_SECOND_WEEK)],
    ids=["sooner", "all changed", "after a warm-up"],
)
def run(log: Log, request: pytest.FixtureRequest) -> Run:
    candidate, within = request.param
    since = ALWAYS if within is None else micros(within.since)
    until = None if within is None else micros(within.until)
    whole, coverage = Tally(LIMIT), Coverage()
    for partition in reversed(list(log)):
        pair = Pair(
            partition, POLICY, candidate, Tally(LIMIT), Coverage(), since=since, until=until
        )
        pair.feed(*zip(*((r.offset, r.key, r.value) for r in log[partition]), strict=True))
        whole.merge(decode_tally(encode_tally(pair.tally)))
        coverage.add(pair.coverage)
    comparison = summarise(whole, coverage, header(), Reading(KEY))
    base, other = (recount.side(log, policy, within) for policy in (POLICY, candidate))
    return Run(comparison, all_slices(whole), base, other, candidate.version)


def test_the_log_is_as_large_and_as_odd_as_is_meant(log: Log, run: Run) -> None:
    assert sum(map(len, log.values())) > 20_000
    assert len(log) == 3
    skipped = run.comparison.denominators.skipped
    assert len(skipped) == (6 if "warm-up" in skipped else 4)
    assert run.comparison.denominators.outcomes.keys() == {"decided", "duplicate", "late"}


def test_the_matrix(run: Run) -> None:
    pairings = recount.pairings(run.base, run.candidate)
    rows = {row.type: asdict(row) for row in run.comparison.actions}
    counted = recount.table(pairings, None)
    differing = recount.learners_differing(pairings)
    days = run.comparison.denominators.learner_days
    for (kind, _), numbers in counted.items():
        row = rows.pop(kind)  # type: ignore[call-overload]
        assert {name: row[name] for name in numbers} == numbers, kind
        assert row["learners_differing"] == differing.get(kind, 0)
        assert row["base_per_learner_day"] == numbers["base"] / days
        assert row["candidate_per_learner_day"] == numbers["candidate"] / days
        assert row["ignored"] == 0
    assert not any(row["base"] or row["candidate"] for row in rows.values())


@pytest.mark.parametrize("by", list(SliceBy))
def test_the_slices(run: Run, by: SliceBy) -> None:
    counted = recount.table(recount.pairings(run.base, run.candidate), by.value)
    (whole,) = (one for one in run.slices if one.by is by)
    assert {(cell.type, cell.value): shown(cell) for cell in whole.cells} == counted
    assert len(whole.cells) == len(counted)


def shown(cell: Any) -> dict[str, int]:
    return asdict(cell.counts) | {"learners": cell.learners}


def test_the_harms(run: Run) -> None:
    pairings = recount.pairings(run.base, run.candidate)
    counted = recount.harms(pairings, run.base, run.candidate, LIMIT)
    assert asdict(run.comparison.harms) == counted
    assert counted["days_over_candidate"] > counted["days_over_base"] > 0


def test_the_levels_and_the_outcomes(run: Run) -> None:
    levels = run.comparison.levels
    assert (levels.learners, levels.events) == recount.divergence(run.base, run.candidate)
    counted = recount.other_outcomes(run.base, run.candidate)
    outcomes = {(one.base, one.candidate): one.events for one in run.comparison.outcomes}
    assert outcomes == counted


def test_what_was_looked_at(log: Log, run: Run) -> None:
    counted = recount.denominators(log, run.base)
    hours = counted.pop("learner_hours")
    seen = asdict(run.comparison.denominators)
    assert seen.pop("learner_hours") == pytest.approx(hours, rel=1e-12)
    assert seen == counted


def test_the_most_changed_have_as_many_differences_as_the_whole(run: Run) -> None:
    pairings = recount.pairings(run.base, run.candidate)
    by_learner = Counter(
        act.learner
        for kind, mine, theirs in pairings
        if kind != "same" and (act := mine or theirs) is not None
    )
    erased = [key for key, event in run.base.events.values() if event.type == "LEARNER_ERASED"]
    assert by_learner.pop(erased[0])
    most = [count for _, count in by_learner.most_common(20)]
    assert [one.differences for one in run.comparison.most_changed] == most


def test_the_two_candidates_differ_in_what_they_are_meant_to(run: Run) -> None:
    """So that the tests above are about something."""
    found = {
        (row.type.value, kind)
        for row in run.comparison.actions
        for kind in ("changed", "lost", "added", "moved")
        if getattr(row, kind)
    }
    if run.candidate_version == SOONER.version:
        assert found == {("GAME_BREAK", "added"), ("GAME_BREAK", "moved")}
        assert run.comparison.levels.events == 0
        return
    kinds = ("changed", "lost", "added", "moved")
    assert {("GAME_BREAK", kind) for kind in kinds} <= found
    assert {("SEL_INTERVENTION", "lost"), ("LEVEL_SUGGESTED", "lost")} <= found
    assert run.comparison.levels.events > 0
    assert run.comparison.outcomes != ()
