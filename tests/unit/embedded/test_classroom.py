"""The simulated learners: repeatable, in order, plausible, and understood by the orchestrator."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

import pytest

from orchestrator.dialects.reading import read_object
from orchestrator.embedded.classroom import Classroom, StreamEvent
from orchestrator.embedded.classroom.classroom import ROUTES

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def classroom(learners: int = 30, seed: int = 1) -> Classroom:
    return Classroom(learners, seed, MONDAY)


def first(count: int, room: Classroom) -> list[StreamEvent]:
    return list(islice(room.events(), count))


@pytest.fixture(scope="module")
def a_week() -> list[StreamEvent]:
    end = (MONDAY + timedelta(days=7)).isoformat(timespec="milliseconds")
    return list(takewhile(lambda told: told.event["timestamp"] < end, classroom().events()))


def test_the_same_seed_tells_the_same_story() -> None:
    room = classroom()
    assert first(500, room) == first(500, classroom())
    assert first(500, room) == first(500, room)


def test_another_seed_tells_another_story() -> None:
    ours = {told.event["id"] for told in first(500, classroom(seed=1))}
    theirs = {told.event["id"] for told in first(500, classroom(seed=2))}
    assert not ours & theirs


def test_a_learners_story_does_not_depend_on_the_others() -> None:
    def of_learner_one(room: Classroom) -> list[StreamEvent]:
        mine = (told for told in room.events() if told.event["learner_id"] == "learner-001")
        return list(islice(mine, 50))

    assert of_learner_one(classroom(learners=1)) == of_learner_one(classroom(learners=30))


def test_events_come_in_the_order_of_their_times(a_week: list[StreamEvent]) -> None:
    times = [told.event["timestamp"] for told in a_week]
    assert times == sorted(times)


def test_ids_are_unique(a_week: list[StreamEvent]) -> None:
    assert len({told.event["id"] for told in a_week}) == len(a_week)


def test_learners_are_spread_over_three_tenants(a_week: list[StreamEvent]) -> None:
    learners = {(told.event["tenant_id"], told.event["learner_id"]) for told in a_week}
    assert len(learners) == 30
    assert sorted(Counter(tenant for tenant, _ in learners).values()) == [10, 10, 10]


def test_each_type_comes_on_its_own_stream(a_week: list[StreamEvent]) -> None:
    streams = defaultdict(set)
    for told in a_week:
        streams[told.stream].add(told.event["type"])
    assert streams == {
        "aivo.events.baseline": {"BASELINE_COMPLETE"},
        "aivo.events.slp": {"SLP_UPDATED"},
        "aivo.events.sel": {"SEL_ALERT"},
        "aivo.events.coursework": {"COURSEWORK_ANALYZED"},
        "aivo.events.assessment": {"ASSESSMENT_COMPLETE"},
        "aivo.events.learner": {"LEARNER_PROGRESS", "ENGAGEMENT_LOW"},
    }


def test_the_orchestrator_understands_every_event(a_week: list[StreamEvent]) -> None:
    far_ahead = MONDAY + timedelta(days=30)
    read = {read_object(told.event, "redis:s:1-0", far_ahead).type for told in a_week}
    assert read == {str(kind) for kind in ROUTES}


def test_a_learner_begins_with_a_baseline(a_week: list[StreamEvent]) -> None:
    begins: dict[str, str] = {}
    for told in a_week:
        begins.setdefault(told.event["learner_id"], told.event["type"])
    assert set(begins.values()) == {"BASELINE_COMPLETE"}


def test_school_is_out_in_the_evening_and_at_the_weekend(a_week: list[StreamEvent]) -> None:
    times = [datetime.fromisoformat(told.event["timestamp"]) for told in a_week]
    assert {at.weekday() for at in times} == {0, 1, 2, 3, 4}
    assert all(8 <= at.hour < 16 for at in times)


def test_a_stretch_of_work_never_began_before_the_last_one_ended(
    a_week: list[StreamEvent],
) -> None:
    ended: dict[str, datetime] = {}
    for told in a_week:
        if told.event["type"] == "COURSEWORK_ANALYZED":
            at = datetime.fromisoformat(told.event["timestamp"])
            began = at - timedelta(minutes=told.event["data"]["session_duration"])
            last = ended.get(told.event["learner_id"], began)
            assert began - last >= -timedelta(milliseconds=2)
            ended[told.event["learner_id"]] = at


def test_there_is_something_to_decide(a_week: list[StreamEvent]) -> None:
    work = [
        told.event["data"]["performance_metrics"]
        for told in a_week
        if told.event["type"] == "COURSEWORK_ANALYZED"
    ]
    hard = sum(metrics["accuracy"] <= 0.35 for metrics in work) / len(work)
    easy = sum(metrics["accuracy"] >= 0.85 for metrics in work) / len(work)
    tired = sum(metrics["engagement"] < 0.30 for metrics in work) / len(work)
    assert 0.03 < hard < 0.30
    assert 0.15 < easy < 0.60
    assert 0.01 < tired < 0.20


def test_answers_agree_with_the_accuracy(a_week: list[StreamEvent]) -> None:
    answered = [told.event["data"] for told in a_week if "answers" in told.event["data"]]
    assert answered
    for data in answered:
        share = sum(data["answers"]) / len(data["answers"])
        assert data["performance_metrics"]["accuracy"] == round(share, 3)
