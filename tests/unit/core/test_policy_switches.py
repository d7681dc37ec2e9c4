"""Which policy decides, from which record on."""

from orchestrator.core.event_codec import encode_event
from orchestrator.core.fold import Batch, Folded, fold
from orchestrator.core.policy import load_policy
from orchestrator.core.policy_records import CONTROL_KEY, PolicyActivated, encode_control
from orchestrator.stream.records import RawRecord
from tests.unit.core.samples import MESSAGES_TOML, POLICY, POLICY_TOML, START, progress
from tests.unit.stream.samples import record

OTHER = load_policy(POLICY_TOML + "\n# another", MESSAGES_TOML)
POLICIES = {policy.version: policy for policy in (POLICY, OTHER)}
BATCH = Batch("events", 0, POLICIES, POLICY.version, START)


def event(offset: int) -> RawRecord:
    return record(offset, encode_event(progress(0.6)), key=b"school/ana")


def control(offset: int, version: str, *, began: bool = False) -> RawRecord:
    return record(offset, encode_control(PolicyActivated(version, began)), key=CONTROL_KEY)


def versions(folded: Folded) -> list[tuple[int, str]]:
    return [(row.offset, each.policy_version) for each in folded.decisions for row in each.rows]


def test_an_activation_decides_from_its_offset_on() -> None:
    folded = fold(BATCH, [event(0), control(1, OTHER.version), event(2)], {})

    assert versions(folded) == [(0, POLICY.version), (2, OTHER.version)]
    assert folded.adopted == POLICY.version


def test_a_note_of_the_beginning_does_not_take_an_activation_back() -> None:
    first = fold(BATCH, [control(0, OTHER.version)], {})
    assert first.adopted == POLICY.version

    note = control(1, first.adopted, began=True)
    then = fold(BATCH, [note, event(2)], first.changes)

    assert versions(then) == [(2, OTHER.version)]
    assert then.adopted is None
