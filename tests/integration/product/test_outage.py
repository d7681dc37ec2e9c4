"""A downstream service is away while events go on; and one that refuses a level."""

from pathlib import Path

from orchestrator.embedded.sandbox import Service
from orchestrator.embedded.worker import WorkerProcess
from tests.product.house import House, get
from tests.product.levels import answers_since, assessment, level_of, refuse_a_level, suggested
from tests.product.outage import Plan, outage
from tests.waiting import eventually

SHORT = Plan(seconds=15, rate=200, seed=4)


async def test_while_notification_svc_is_away_learner_svc_is_called_and_on_return_sel_comes_first(
    tmp_path: Path,
) -> None:
    found = await outage(tmp_path, SHORT, print)
    assert found.faults() == {}, found.text()
    assert found.waited > 0
    assert found.calls.meanwhile[Service.LEARNER] > 10 * found.calls.meanwhile[Service.NOTIFICATION]
    assert found.breaks.delivered > 0


async def refuse_and_move_on(
    house: House, worker: WorkerProcess, learner: str, *, number: int, back_at: str
) -> None:
    """One suggestion is refused; once the learner is back where they were, another is not."""
    await refuse_a_level(house, worker, learner, number=number, back_at=back_at)
    asked = len(suggested(house, learner))
    await house.add([assessment(number + 1, 0.94, learner)])
    await eventually(lambda: answers_since(house, learner, asked) == [200], within=30)


async def test_a_level_that_was_refused_comes_back_and_the_next_decision_starts_from_it(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        worker = house.new_worker()
        worker.start()

        await house.add([assessment(1, 0.90, "anna")])
        await house.sandbox.wait_for(lambda calls: calls.applied == 1, within=30)
        await refuse_and_move_on(house, worker, "anna", number=2, back_at="challenging")
        await refuse_and_move_on(house, worker, "ben", number=1, back_at="moderate")

        assert suggested(house, "anna") == [
            ("challenging", 200),
            ("advanced", 400),
            ("advanced", 200),
        ]
        assert suggested(house, "ben") == [("challenging", 400), ("challenging", 200)]
        await house.settled(worker, events=5)
        figures = get(worker, "/stats")
        assert figures["total_events_received"] == figures["total_events_processed"] == 5
        assert (figures["actions_delivered"], figures["actions_rejected"]) == (3, 2)
        assert figures["dead_letters"] == 0
        assert (level_of(worker, "anna"), level_of(worker, "ben")) == ("advanced", "challenging")
        assert (await house.judge()).faults() == {}
