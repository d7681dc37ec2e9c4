"""Which partitions must move."""

from orchestrator.core.actions import Service
from orchestrator.places import places_of
from orchestrator.stream.lag import Progress
from orchestrator.topics import ACTIONS_LEARNER, ACTIONS_URGENT, EVENTS


class Desk:
    """A fake of the one question that is asked of a desk."""

    def __init__(self, full: set[tuple[int, bool]]) -> None:
        self._full = full

    def holds_back(self, partition: int, *, urgent: bool) -> bool:
        return (partition, urgent) in self._full


def test_a_partition_moves_while_it_has_work_unless_its_desk_holds_it_back() -> None:
    desks = {Service.LEARNER: Desk({(1, False)}), Service.NOTIFICATION: Desk({(2, False)})}
    partitions = [
        Progress(EVENTS, 1, 10, has_work=True),
        Progress(EVENTS, 2, 10, has_work=False),
        Progress(ACTIONS_LEARNER, 1, 5, has_work=True),
        Progress(ACTIONS_LEARNER, 2, 5, has_work=True),
        Progress(ACTIONS_URGENT, 2, 5, has_work=True),
    ]

    places = list(places_of(partitions, desks))

    assert [(each.name, each.has_work) for each in places] == [
        ("orchestrator.events-1", True),
        ("orchestrator.events-2", False),
        ("orchestrator.actions.learner-svc-1", False),
        ("orchestrator.actions.learner-svc-2", True),
        ("orchestrator.actions.notification-svc.urgent-2", True),
    ]
