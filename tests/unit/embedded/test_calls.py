"""What the sandbox remembers is bounded; what it counts is not."""

from datetime import UTC, datetime

from orchestrator.embedded.sandbox import Call, CallLog, Service
from orchestrator.embedded.sandbox.calls import REMEMBERED

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def call(key: str, digest: bytes = b"same", learner_id: str = "learner-001") -> Call:
    return Call(
        service=Service.LEARNER,
        method="PUT",
        path="/",
        learner_id=learner_id,
        key=key,
        tenant_id="north",
        headers={},
        body={},
        digest=digest,
        received_at=NOON,
        monotonic=1.0,
    )


def test_the_newest_calls_are_kept_whole_and_every_key_is_counted() -> None:
    log = CallLog()
    for number in range(REMEMBERED + 5):
        log.add(call(f"k{number}"))
    assert len(log) == REMEMBERED
    assert log.received == REMEMBERED + 5
    assert log.times("k0") == 1
    assert next(iter(log)).key == "k5"


def test_a_key_is_applied_once_even_after_its_call_was_forgotten() -> None:
    log = CallLog()
    assert log.apply(call("k0"))
    for number in range(REMEMBERED + 1):
        log.add(call(f"other{number}"))
    again = call("k0")
    assert log.apply(again)
    assert (again.applied, again.repeated, log.applied) == (False, True, 1)


def test_a_key_with_another_body_is_not_applied() -> None:
    log = CallLog()
    log.apply(call("k0"))
    other = call("k0", digest=b"other")
    assert not log.apply(other)
    assert (other.applied, other.repeated) == (False, False)


def test_calls_are_found_by_learner_and_key() -> None:
    log = CallLog()
    for key, learner in (("k1", "a"), ("k2", "b"), ("k3", "a")):
        log.add(call(key, learner_id=learner))
    assert [found.key for found in log.newest(learner_id="a")] == ["k3", "k1"]
    assert [found.key for found in log.newest(learner_id="a", key="k1")] == ["k1"]
    assert [found.key for found in log.newest(limit=1)] == ["k3"]
