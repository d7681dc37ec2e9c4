"""Against the sandbox, which takes the calls of the specification and no others."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from orchestrator.clock import SystemClock
from orchestrator.core.actions import SERVICE_OF, Action, ActionType, Outcome, Service
from orchestrator.embedded.sandbox import Mode
from orchestrator.embedded.sandbox import Service as Place
from tests.integration.delivery.rig import IN_FLIGHT, Counter, Rig
from tests.unit.delivery.samples import PARAMETERS, action
from tests.waiting import eventually

LEVEL, PATH = ActionType.LEVEL_SUGGESTED, ActionType.LEARNING_PATH_UPDATE
BREAK, SEL = ActionType.GAME_BREAK, ActionType.SEL_INTERVENTION


def fresh(kind: ActionType = PATH, action_id: str = "a1", **changes: Any) -> Action:
    """An action that was decided just now."""
    now = SystemClock().now()
    fields: dict[str, Any] = {"created_at": now, "expires_at": now + timedelta(hours=1)}
    return action(kind, action_id=action_id, **(fields | changes))


def counter_of(rig: Rig, one: Action) -> Counter:
    return rig.counters[SERVICE_OF[one.type]]


async def outcome_of(rig: Rig, one: Action) -> Outcome:
    counter = counter_of(rig, one)
    await counter.take([one])
    return (await counter.done())[one.action_id]


@pytest.mark.parametrize("kind", list(ActionType))
async def test_each_type_of_action_is_taken(rig: Rig, kind: ActionType) -> None:
    assert await outcome_of(rig, fresh(kind, learner="a/b c?#%")) is Outcome.DELIVERED
    (call,) = rig.sandbox.calls
    assert (call.learner_id, call.tenant_id, call.key) == ("a/b c?#%", "school-1", "a1")
    assert call.applied


async def test_a_temporary_level_is_taken(rig: Rig) -> None:
    parameters = PARAMETERS[LEVEL] | {"temporary": True}
    assert await outcome_of(rig, fresh(LEVEL, parameters=parameters)) is Outcome.DELIVERED


async def test_a_level_that_does_not_exist_is_rejected_with_the_reason(rig: Rig) -> None:
    parameters = PARAMETERS[LEVEL] | {"suggested_level": "genius"}
    assert await outcome_of(rig, fresh(LEVEL, parameters=parameters)) is Outcome.REJECTED
    (settled,) = rig.learner.store.settled
    assert b"suggested_level" in settled.response
    assert settled.outcome.status == 400


@pytest.mark.parametrize(
    ("mode", "attempts"),
    [
        (Mode.SERVER_ERROR, 3),
        (Mode.TOO_MANY, 3),
        (Mode.TIMEOUT, 3),
        (Mode.RESET, 3),
        (Mode.ACCEPT_THEN_RESET, 3),
        (Mode.SLOW_BODY, 1),
    ],
)
async def test_a_fault_is_followed_by_the_same_call_until_it_is_taken_once(
    rig: Rig, mode: Mode, attempts: int
) -> None:
    rig.sandbox.put_fault(Place.LEARNER, mode, times=2, delay=0.5)
    assert await outcome_of(rig, fresh(PATH)) is Outcome.DELIVERED
    # Written again when the partition is opened again, under the same serial number.
    (outcome,) = {each.serial: each for each in rig.learner.store.outcomes}.values()
    calls = list(rig.sandbox.calls)
    assert (outcome.attempts, len(calls)) == (attempts, attempts)
    assert {(call.key, call.digest, call.path) for call in calls} == {
        ("a1", calls[0].digest, calls[0].path)
    }
    assert rig.sandbox.calls.applied_keys() == ["a1"]


async def test_what_was_applied_before_its_reply_was_lost_is_known_by_its_key(rig: Rig) -> None:
    rig.sandbox.put_fault(Place.LEARNER, Mode.ACCEPT_THEN_RESET, times=2)
    await outcome_of(rig, fresh(PATH))
    assert [call.applied for call in rig.sandbox.calls] == [True, False, False]
    assert [call.repeated for call in rig.sandbox.calls] == [False, True, True]


async def test_a_slow_answer_beyond_the_limits_is_asked_for_again(rig: Rig) -> None:
    rig.sandbox.put_fault(Place.LEARNER, Mode.SLOW, times=1, delay=2.0)
    assert await outcome_of(rig, fresh(PATH)) is Outcome.DELIVERED
    assert rig.learner.told.attempts == ["timeout", "200"]


async def test_retry_after_is_waited_for_and_holds_up_nobody_else(rig: Rig) -> None:
    rig.sandbox.put_fault(Place.LEARNER, Mode.TOO_MANY, times=1, retry_after=1)
    await rig.learner.take([fresh(PATH, "asked", learner="l1")])
    await rig.learner.take([fresh(PATH, f"p{n}", learner="l2") for n in range(20)])
    assert len(rig.sandbox.calls.applied_keys()) == 20
    await rig.learner.done()
    first, second = [call.monotonic for call in rig.sandbox.calls if call.key == "asked"]
    assert second - first >= 1.0


async def test_a_service_that_is_gone_altogether_is_waited_for(rig: Rig) -> None:
    await rig.sandbox.stop()
    await rig.learner.take([fresh(PATH, f"p{n}", learner=f"l{n % 5}") for n in range(50)])
    assert (rig.learner.desk.waiting, rig.learner.store.waiting()) == (50, 50)
    await rig.sandbox.start()
    assert set((await rig.learner.done()).values()) == {Outcome.DELIVERED}
    assert rig.sandbox.calls.applied == 50


def outage_actions(over: datetime) -> tuple[list[Action], list[Action]]:
    """For notification-svc: 500 of 100 learners; a fifth interventions, the last to come.

    Each learner's first break has expired when it is `over`.
    """
    breaks = [
        fresh(BREAK, f"b{n}", learner=f"l{n % 100}", **({"expires_at": over} if n < 100 else {}))
        for n in range(400)
    ]
    return breaks, [fresh(SEL, f"s{n}", learner=f"l{n}", expires_at=None) for n in range(100)]


async def test_an_outage_of_one_service_is_seen_through_and_the_other_does_not_notice(
    rig: Rig,
) -> None:
    rig.sandbox.put_fault(Place.NOTIFICATION, Mode.SERVER_ERROR)
    # Long enough to take all of them on before, on a busy machine too.
    over = SystemClock().now() + timedelta(seconds=4)
    breaks, interventions = outage_actions(over)
    for at in range(0, 400, 100):
        await rig.notification.take(breaks[at : at + 100])
        await rig.learner.take([fresh(PATH, f"p{n}") for n in range(at, at + 100)])
    await rig.notification.take(interventions)
    assert set((await rig.learner.done()).values()) == {Outcome.DELIVERED}
    assert rig.notification.desk.waiting == 500

    await eventually(lambda: SystemClock().now() > over)
    tried = rig.sandbox.calls.received
    rig.sandbox.put_fault(Place.NOTIFICATION, Mode.OK)
    counted = await rig.notification.done()

    assert len(counted) == 500
    assert {counted[f"b{n}"] for n in range(100)} == {Outcome.EXPIRED}
    others = [outcome for key, outcome in counted.items() if key[0] == "s" or int(key[1:]) >= 100]
    assert set(others) == {Outcome.DELIVERED}
    assert tried < 400 + 60
    order = [key for key in rig.sandbox.calls.applied_keys() if key[0] in "sb"]
    assert_interventions_first(order)
    assert_in_order_by_learner(order)


def assert_interventions_first(order: list[str]) -> None:
    """As far as what is in flight at the same time has an order."""
    first_break = next(n for n, key in enumerate(order) if key[0] == "b")
    assert sum(key[0] == "s" for key in order[first_break:]) < IN_FLIGHT


def assert_in_order_by_learner(order: list[str]) -> None:
    for learner in range(100):
        numbers = [int(key[1:]) for key in order if key[0] == "b" and int(key[1:]) % 100 == learner]
        assert numbers == sorted(numbers)
        assert len(numbers) == 3


async def test_another_worker_goes_on_in_the_middle_of_an_outage(rig: Rig) -> None:
    rig.sandbox.put_fault(Place.NOTIFICATION, Mode.TIMEOUT)
    breaks, interventions = outage_actions(SystemClock().now())
    await rig.notification.take(breaks[100:200] + interventions)
    desk = rig.notification.desk
    await desk.close(0)
    assert desk.waiting == 0
    await desk.open(0)
    assert desk.waiting == 200
    rig.sandbox.put_fault(Place.NOTIFICATION, Mode.OK)
    assert set((await rig.notification.done()).values()) == {Outcome.DELIVERED}
    assert rig.sandbox.calls.applied == 200
    assert len(rig.counters[Service.LEARNER].store.settled) == 0
