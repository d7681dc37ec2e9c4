"""A fault lasts for as many calls as it was told, for its own service."""

import pytest
from pydantic import ValidationError

from orchestrator.embedded.sandbox import Fault, Mode, Service
from orchestrator.embedded.sandbox.faults import FaultBoard


def test_a_counted_fault_ends_by_itself() -> None:
    board = FaultBoard()
    board.put(Fault(service=Service.LEARNER, mode=Mode.RESET, times=2))
    taken = [board.take(Service.LEARNER).mode for _ in range(3)]
    assert taken == [Mode.RESET, Mode.RESET, Mode.OK]


def test_an_uncounted_fault_lasts_until_another_is_put() -> None:
    board = FaultBoard()
    board.put(Fault(service=Service.LEARNER, mode=Mode.TIMEOUT))
    assert [board.take(Service.LEARNER).mode for _ in range(3)] == [Mode.TIMEOUT] * 3
    board.put(Fault(service=Service.LEARNER, mode=Mode.OK))
    assert board.take(Service.LEARNER).mode is Mode.OK


def test_faults_put_together_come_one_after_the_other_each_as_often_as_it_was_told() -> None:
    board = FaultBoard()
    board.put(Fault(service=Service.LEARNER, mode=Mode.SLOW))
    board.put(
        Fault(service=Service.LEARNER, mode=Mode.RESET, times=2),
        Fault(service=Service.NOTIFICATION, mode=Mode.TOO_MANY, times=1),
        Fault(service=Service.LEARNER, mode=Mode.SERVER_ERROR, times=1),
    )
    taken = [board.take(Service.LEARNER).mode for _ in range(4)]
    assert taken == [Mode.RESET, Mode.RESET, Mode.SERVER_ERROR, Mode.OK]
    assert board.take(Service.NOTIFICATION).mode is Mode.TOO_MANY


def test_the_other_service_is_not_touched() -> None:
    board = FaultBoard()
    board.put(Fault(service=Service.LEARNER, mode=Mode.TIMEOUT))
    assert board.take(Service.NOTIFICATION).mode is Mode.OK


@pytest.mark.parametrize("wrong", [{"times": 0}, {"delay": -1}, {"retry_after": -1}, {"often": 1}])
def test_a_senseless_fault_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Fault.model_validate({"service": "learner-svc", "mode": "500"} | wrong)
