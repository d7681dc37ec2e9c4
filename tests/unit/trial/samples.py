"""A partition's records: the events of some learners, and control records among them."""

from collections.abc import Iterable, Sequence
from random import Random

from msgspec.structs import replace

from orchestrator.core.event_codec import encode_event
from orchestrator.core.ids import LearnerId, TenantId, learner_key
from orchestrator.core.policy import load_policy
from orchestrator.core.policy_records import CONTROL_KEY, Control, encode_control
from orchestrator.stream.records import RawRecord
from tests.properties.histories import long_history
from tests.unit.core.samples import MESSAGES_TOML, POLICY, POLICY_TOML
from tests.unit.stream.samples import record

SOONER = load_policy(POLICY_TOML.replace("after_minutes = 25", "after_minutes = 5"), MESSAGES_TOML)
STRICTER = load_policy(
    POLICY_TOML.replace("performance = 0.35", "performance = 0.60"), MESSAGES_TOML
)
POLICIES = {policy.version: policy for policy in (POLICY, SOONER, STRICTER)}


def lessons(learners: int, length: int, seed: int = 1) -> list[tuple[bytes, bytes]]:
    """Keys and values of so many events of each learner, mixed."""
    random = Random(seed)
    lines = {}
    for number in range(learners):
        tenant, learner = TenantId(f"school-{number % 3}"), LearnerId(f"child-{number}")
        key = learner_key(tenant, learner)
        lines[key] = [
            encode_event(replace(event, tenant_id=tenant, learner_id=learner))
            for event in long_history(seed * 1000 + number, length)
        ]
    found = []
    while lines:
        key = random.choice(sorted(lines))
        found.append((key, lines[key].pop(0)))
        if not lines[key]:
            del lines[key]
    return found


def log_of(*parts: Sequence[tuple[bytes, bytes]] | Control) -> list[RawRecord]:
    """The records of these events and controls, one after another."""
    records: list[RawRecord] = []
    for part in parts:
        pairs: Iterable[tuple[bytes, bytes]] = (
            [(CONTROL_KEY, encode_control(part))] if isinstance(part, Control) else part
        )
        for key, value in pairs:
            records.append(record(len(records), value, key=key))
    return records
