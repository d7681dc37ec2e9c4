"""What a partition's records make of its trials, held against the fold of the same records."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from orchestrator.comparison.pair import Chosen
from orchestrator.comparison.summary import Comparison, encode_comparison
from orchestrator.core.canary import Canary
from orchestrator.core.fold import Batch, Folded, fold
from orchestrator.core.policy import Policy
from orchestrator.core.policy_records import (
    CONTROL_KEY,
    CanaryEnded,
    CanaryStarted,
    PolicyActivated,
    ShadowEnded,
    ShadowStarted,
)
from orchestrator.errors import UnknownPolicy
from orchestrator.stream.records import RawRecord
from orchestrator.trial.figures import comparison_of
from orchestrator.trial.partition import PartitionTrials
from tests.comparison_example import header
from tests.unit.core.samples import POLICY, START
from tests.unit.stream.samples import record
from tests.unit.trial.samples import POLICIES, SOONER, STRICTER, lessons, log_of

FIRST, SECOND, THIRD = (lessons(20, 30, seed) for seed in (1, 2, 3))
SHADOW = ShadowStarted("shadow-1", SOONER.version)
CANARY = CanaryStarted("canary-1", SOONER.version, 40)


def followed(records: Sequence[RawRecord], *, at_once: int = 7) -> PartitionTrials:
    trials = PartitionTrials(0, POLICIES, POLICY.version, lambda _trial: False)
    for begin in range(0, len(records), at_once):
        trials.take(records[begin : begin + at_once])
    return trials


def folded(
    records: Sequence[RawRecord], policy: Policy = POLICY, rows: Mapping[bytes, bytes] | None = None
) -> Folded:
    return fold(Batch("events", 0, POLICIES, policy.version, START), records, rows or {})


def states(found: Folded) -> dict[bytes, bytes]:
    return {key: value for key, value in found.changes.items() if b"/" in key}


def by_type(found: Folded, among: Chosen = lambda _key: True) -> Counter[str]:
    return Counter(action.type for key, action in found.actions if among(key))


def comparison(trials: PartitionTrials, trial: str) -> Comparison:
    identity = header().base
    return comparison_of({0: trials.stretches[trial]}, {0: trials.position}, identity, identity, "")


def sides(trials: PartitionTrials, trial: str) -> tuple[Counter[str], Counter[str]]:
    """Actions by type, of base and of the candidate."""
    rows = comparison(trials, trial).actions
    base = Counter({row.type.value: row.base for row in rows if row.base})
    return base, Counter({row.type.value: row.candidate for row in rows if row.candidate})


def after(records: Sequence[RawRecord], begin: int, end: int) -> list[RawRecord]:
    """The events among the records, from an offset up to another one."""
    return [r for r in records[begin:end] if r.key != CONTROL_KEY]


def test_a_shadow_begins_with_the_states_that_are_and_ends_where_it_is_said() -> None:
    records = log_of(FIRST, SHADOW, SECOND, ShadowEnded("shadow-1", "enough"), THIRD)
    begin, end = len(FIRST) + 1, len(FIRST) + 1 + len(SECOND)
    rows = states(folded(records[:begin]))

    trials = followed(records)

    part = after(records, begin, end)
    base, candidate = sides(trials, "shadow-1")
    assert base == by_type(folded(part, POLICY, rows))
    assert candidate == by_type(folded(part, SOONER, rows))
    assert base != candidate
    stretch = trials.stretches["shadow-1"]
    assert (stretch.begin, stretch.end, stretch.coverage.read) == (begin, end, len(SECOND))


def test_a_shadow_is_held_against_whatever_comes_into_force() -> None:
    records = log_of(FIRST, SHADOW, SECOND, PolicyActivated(STRICTER.version), THIRD)
    begin = len(FIRST) + 1
    rows = states(folded(records[:begin]))
    switched = records[begin:]

    base, candidate = sides(followed(records), "shadow-1")

    assert base == by_type(folded(switched, POLICY, rows))
    assert candidate == by_type(folded(after(records, begin, len(records)), SOONER, rows))


def test_a_second_shadow_ends_the_first_and_none_starts_again() -> None:
    other = ShadowStarted("shadow-2", STRICTER.version)
    trials = followed(log_of(SHADOW, FIRST, other, SECOND, SHADOW, THIRD))

    first, second = trials.stretches["shadow-1"], trials.stretches["shadow-2"]
    assert (first.begin, first.end) == (1, 1 + len(FIRST))
    assert (second.begin, second.end) == (2 + len(FIRST), None)


def test_a_canary_is_held_against_what_would_have_been_for_the_same_learners() -> None:
    records = log_of(FIRST, CANARY, SECOND, CanaryEnded("canary-1", "enough"), THIRD)
    begin, end = len(FIRST) + 1, len(FIRST) + 1 + len(SECOND)
    rows = states(folded(records[:begin]))
    has = Canary(CANARY, SOONER).has
    live = folded(records)
    of_canary = {key for key, _ in SECOND if has(key)}

    trials = followed(records)

    base, candidate = sides(trials, "canary-1")
    part = after(records, begin, end)
    assert base == by_type(folded(part, POLICY, rows), has)
    assert candidate == by_type(folded(part, SOONER, rows), has)
    assert candidate == Counter(
        a.type for _, a in live.actions if a.policy_version == SOONER.version
    )
    assert base != candidate
    assert comparison(trials, "canary-1").denominators.learners == len(of_canary)


def test_a_shadow_that_starts_behind_a_canary_begins_with_what_the_canary_has_made() -> None:
    records = log_of(FIRST, CANARY, SECOND, CanaryEnded("canary-1", "enough"), SHADOW, THIRD)
    begin = len(records) - len(THIRD)
    rows = states(folded(records[:begin]))

    base, candidate = sides(followed(records), "shadow-1")

    assert base == by_type(folded(records[begin:], POLICY, rows))
    assert candidate == by_type(folded(records[begin:], SOONER, rows))


def test_whoever_reads_in_whatever_pieces_counts_the_same() -> None:
    records = log_of(FIRST, SHADOW, SECOND, CANARY, THIRD)
    one, other = followed(records, at_once=1), followed(records, at_once=1_000)

    for trial in ("shadow-1", "canary-1"):
        assert encode_comparison(comparison(one, trial)) == encode_comparison(
            comparison(other, trial)
        )


def test_a_policy_that_is_not_known_yet_is_waited_for() -> None:
    records = log_of(FIRST, SHADOW, SECOND)
    known = {POLICY.version: POLICY}
    trials = PartitionTrials(0, known, POLICY.version, lambda _trial: False)
    with pytest.raises(UnknownPolicy):
        trials.take(records)
    assert trials.position == len(FIRST)

    known[SOONER.version] = SOONER
    trials.take(records)

    assert comparison(trials, "shadow-1") == comparison(followed(records), "shadow-1")


def test_a_trial_that_is_over_is_not_counted_again() -> None:
    trials = PartitionTrials(0, POLICIES, POLICY.version, {"shadow-1", "canary-1"}.__contains__)
    trials.take(log_of(FIRST, SHADOW, SECOND, CANARY, THIRD))
    assert trials.stretches == {}


def test_a_control_record_that_nobody_can_read_switches_nothing() -> None:
    records = log_of(FIRST, SHADOW, SECOND)
    spoilt = [*records, record(len(records), b"nonsense", key=CONTROL_KEY)]
    assert sides(followed(spoilt), "shadow-1") == sides(followed(records), "shadow-1")
