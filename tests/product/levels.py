"""Learners whose level is raised by assessments, and a learner-svc that refuses one of them."""

from orchestrator.clock import SystemClock
from orchestrator.embedded.sandbox import Mode, Service
from orchestrator.embedded.worker import WorkerProcess
from tests.product.house import Entry, House, get
from tests.waiting import eventually

TENANT = "tenant-1"


def assessment(number: int, score: float, learner: str) -> Entry:
    """One that has just been written."""
    return "aivo.events.assessment", {
        "id": f"{learner}-{number}",
        "type": "ASSESSMENT_COMPLETE",
        "tenant_id": TENANT,
        "learner_id": learner,
        "timestamp": SystemClock().now().isoformat(),
        "data": {"score": score},
    }


def level_of(worker: WorkerProcess, learner: str) -> str:
    """Where the learner stands, by GET /learners/{id}/state."""
    level: str = get(worker, f"/learners/{learner}/state?tenant_id={TENANT}")["level"]
    return level


def suggested(house: House, learner: str) -> list[tuple[str, int | None]]:
    """What learner-svc was asked for, and its answers' status."""
    calls = [call for call in house.sandbox.calls if call.learner_id == learner]
    return [(call.body["suggested_level"], call.status) for call in calls]


async def refuse_a_level(
    house: House, worker: WorkerProcess, learner: str, *, number: int, back_at: str
) -> None:
    """One suggestion is refused, and soon the learner is back where they were.

    Nothing else may be on its way to learner-svc, or that is what it refuses.
    """
    asked = len(suggested(house, learner))
    house.sandbox.put_fault(Service.LEARNER, Mode.BAD_REQUEST, times=1)
    await house.add([assessment(number, 0.92, learner)])
    await eventually(lambda: answers_since(house, learner, asked) == [400], within=30)
    await eventually(lambda: level_of(worker, learner) == back_at, within=30)


def answers_since(house: House, learner: str, asked: int) -> list[int | None]:
    """The status of each answer but the first so many."""
    return [status for _, status in suggested(house, learner)[asked:]]
