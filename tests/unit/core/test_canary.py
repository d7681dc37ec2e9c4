"""Who is in a canary, and by which policy each event is decided while one runs."""

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.canary import Canary
from orchestrator.core.event_codec import encode_event
from orchestrator.core.events import Event
from orchestrator.core.fold import Batch, Folded, fold
from orchestrator.core.ids import LearnerId, TenantId, learner_key
from orchestrator.core.policy import load_policy
from orchestrator.core.policy_records import (
    CONTROL_KEY,
    CanaryEnded,
    CanaryStarted,
    Control,
    PolicyActivated,
    encode_control,
)
from orchestrator.stream.records import RawRecord
from tests.unit.core.samples import MESSAGES_TOML, POLICY, POLICY_TOML, START, after, event
from tests.unit.stream.samples import record

OTHER = load_policy(POLICY_TOML + "\n# another", MESSAGES_TOML)
THIRD = load_policy(POLICY_TOML + "\n# a third", MESSAGES_TOML)
POLICIES = {policy.version: policy for policy in (POLICY, OTHER, THIRD)}
BATCH = Batch("events", 0, POLICIES, POLICY.version, START)
KEYS = [f"school-{number % 7}/learner-{number}".encode() for number in range(4_000)]


def canary(trial: str, percent: float = 100, *tenants: str) -> Canary:
    return Canary(CanaryStarted(trial, OTHER.version, percent, tenants), OTHER)


def members(of: Canary) -> set[bytes]:
    return {key for key in KEYS if of.has(key)}


def test_about_so_many_percent_are_drawn() -> None:
    assert 140 < len(members(canary("t1", 5))) < 260
    assert 1_850 < len(members(canary("t1", 50))) < 2_150
    assert members(canary("t1", 0)) == set()
    assert members(canary("t1", 100)) == set(KEYS)


def test_another_trial_draws_others() -> None:
    first, second = members(canary("t1", 10)), members(canary("t2", 10))

    assert len(first & second) < len(first) / 3


def test_a_canary_that_grows_keeps_those_it_has() -> None:
    grown = Canary(CanaryStarted("t2", OTHER.version, 20, draw="t1"), OTHER)

    assert members(canary("t1", 5)) < members(grown)


def test_a_canary_of_tenants_has_all_their_learners_or_the_percent_of_them() -> None:
    of_tenants = {key for key in KEYS if key.startswith((b"school-1/", b"school-4/"))}

    assert members(canary("t1", 100, "school-1", "school-4")) == of_tenants
    some = members(canary("t1", 50, "school-1", "school-4"))
    assert some == of_tenants & members(canary("t1", 50))


@given(st.text(min_size=1, max_size=8), st.text(min_size=1, max_size=8))
def test_a_tenant_is_known_whatever_it_is_called(tenant: str, other: str) -> None:
    try:
        key = learner_key(tenant, "ana")
    except UnicodeEncodeError:
        return
    assert canary("t1", 100, tenant).has(key)
    assert canary("t1", 100, other + "-").has(key) == (tenant == other + "-")


def learners_event(offset: int, learner: str) -> RawRecord:
    of: Event = event(
        "ENGAGEMENT_LOW",
        {"engagement_score": 0.1},
        after(offset),
        learner_id=learner,
        id=f"e{offset}",
    )
    key = learner_key(TenantId(of.tenant_id), LearnerId(of.learner_id))
    return record(offset, encode_event(of), key=key)


def control(offset: int, which: Control) -> RawRecord:
    return record(offset, encode_control(which), key=CONTROL_KEY)


def versions(folded: Folded) -> dict[int, str]:
    return {row.offset: each.version_of(row) for each in folded.decisions for row in each.rows}


STARTED = CanaryStarted("t1", OTHER.version, 50)
TENANT = event("ENGAGEMENT_LOW", {"engagement_score": 0.1}, START).tenant_id
INSIDE, OUTSIDE = (
    next(
        name
        for name in (f"learner-{number}" for number in range(100))
        if Canary(STARTED, OTHER).has(learner_key(TENANT, name)) is inside
    )
    for inside in (True, False)
)


def test_a_canary_decides_for_its_learners_alone() -> None:
    folded = fold(
        BATCH,
        [control(0, STARTED), learners_event(1, INSIDE), learners_event(2, OUTSIDE)],
        {},
    )

    assert versions(folded) == {1: OTHER.version, 2: POLICY.version}
    said = {action.event_id: action.policy_version for _, action in folded.actions}
    assert said == {"e1": OTHER.version, "e2": POLICY.version}
    assert folded.counters.policy == POLICY.version


def test_rows_stay_in_the_order_of_their_offsets_in_one_batch() -> None:
    records = [learners_event(n, INSIDE if n % 2 else OUTSIDE) for n in range(1, 9)]
    folded = fold(BATCH, [control(0, STARTED), *records], {})

    told = [decided for decided in folded.decisions if decided.rows]
    assert [[row.offset for row in each.rows] for each in told] == [list(range(1, 9))]


def test_a_canary_goes_on_over_batches_and_restarts() -> None:
    first = fold(BATCH, [control(0, STARTED)], {})
    as_restored = {key: bytes(bytearray(value)) for key, value in first.changes.items()}

    then = fold(BATCH, [learners_event(1, INSIDE)], as_restored)

    assert versions(then) == {1: OTHER.version}


def test_after_its_end_the_policy_in_force_decides_for_all() -> None:
    ended = control(2, CanaryEnded("t1", "enough"))
    records = [control(0, STARTED), learners_event(1, INSIDE), ended, learners_event(3, INSIDE)]
    folded = fold(BATCH, records, {})

    assert versions(folded) == {1: OTHER.version, 3: POLICY.version}
    assert folded.counters.controls == 2


def test_a_promotion_decides_for_all() -> None:
    activated = control(1, PolicyActivated(OTHER.version))
    records = [
        control(0, STARTED),
        activated,
        learners_event(2, INSIDE),
        learners_event(3, OUTSIDE),
    ]
    folded = fold(BATCH, records, {})

    assert versions(folded) == {2: OTHER.version, 3: OTHER.version}
    assert folded.counters.canary is None


def test_another_policy_comes_into_force_for_those_outside() -> None:
    activated = control(1, PolicyActivated(THIRD.version))
    records = [
        control(0, STARTED),
        activated,
        learners_event(2, INSIDE),
        learners_event(3, OUTSIDE),
    ]
    folded = fold(BATCH, records, {})

    assert versions(folded) == {2: OTHER.version, 3: THIRD.version}


@given(st.data())
def test_however_the_records_are_cut_into_batches_the_same_is_decided(data: st.DataObject) -> None:
    controls: list[Control] = [
        STARTED,
        CanaryStarted("t2", THIRD.version, 30),
        CanaryEnded("t1", "enough"),
        CanaryEnded("t2", "enough"),
        PolicyActivated(OTHER.version),
        PolicyActivated(POLICY.version),
    ]
    records = [
        control(offset, data.draw(st.sampled_from(controls)))
        if data.draw(st.integers(0, 3)) == 0
        else learners_event(offset, data.draw(st.sampled_from([INSIDE, OUTSIDE, "x", "y"])))
        for offset in range(data.draw(st.integers(1, 14)))
    ]
    whole = fold(BATCH, records, {})

    rows: dict[bytes, bytes] = {}
    told: dict[int, str] = {}
    size = data.draw(st.integers(1, 4))
    for first in range(0, len(records), size):
        part = fold(BATCH, records[first : first + size], rows)
        rows |= part.changes
        told |= versions(part)

    assert told == versions(whole)
    assert rows == whole.changes
