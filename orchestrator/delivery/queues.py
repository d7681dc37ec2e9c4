"""Everything that stands at a desk: the lanes by name, by when they are due, and by expiry."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from orchestrator.core.actions import Action, ActionType
from orchestrator.delivery.agenda import Agenda
from orchestrator.delivery.expiries import Expiries
from orchestrator.delivery.lanes import Lane
from orchestrator.delivery.rows import Waiting


class Queues:
    """`agenda`: whose turn it is. A lane is there while something stands in it."""

    def __init__(self) -> None:
        self.agenda = Agenda()
        self._lanes: dict[tuple[int, bytes, ActionType], Lane] = {}
        self._expiries = Expiries()
        self._standing: Counter[tuple[int, bool]] = Counter()

    def __len__(self) -> int:
        """Lanes in which something stands."""
        return len(self._lanes)

    @property
    def waiting(self) -> int:
        """Actions that have not ended, of all partitions here."""
        return self._standing.total()

    def standing(self, partition: int, *, urgent: bool) -> int:
        """Actions of one partition that have not ended, the urgent ones or the others."""
        return self._standing[partition, urgent]

    def oldest(self, kind: ActionType) -> datetime | None:
        """The time of the earliest event whose action of this type stands first in a lane."""
        times = (lane.line[0][1].created_at for lane in self._lanes.values() if lane.is_of(kind))
        return min((at for at in times if at.tzinfo is not None), default=None)

    def of(self, partition: int) -> list[Lane]:
        """The partition's lanes."""
        return [lane for lane in self._lanes.values() if lane.partition == partition]

    def of_learner(self, partition: int, key: bytes, kinds: Iterable[ActionType]) -> list[Lane]:
        """A learner's lanes of these types."""
        lanes = (self._lanes.get((partition, key, kind)) for kind in kinds)
        return [lane for lane in lanes if lane is not None]

    def line_up(
        self, partition: int, key: bytes, waiting: Waiting, action: Action, now: float
    ) -> Lane:
        """Put an action at the end of its lane, and the lane on the agenda if it was empty."""
        name = (partition, key, action.type)
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = Lane(partition, key, action.type)
            self.agenda.add(lane, now)
        lane.line.append((waiting, action))
        lane.since.append(now)
        self._standing[partition, lane.is_urgent] += 1
        return lane

    def leave(self, lane: Lane) -> None:
        """The head has ended."""
        lane.line.popleft()
        lane.since.popleft()
        self._standing[lane.partition, lane.is_urgent] -= 1

    def rest(self, lane: Lane, due: float) -> None:
        """The lane has had its chance; its next is at `due`."""
        lane.busy = None
        lane.rested.set()
        self.agenda.add(lane, due)
        self._expiries.add(lane)

    def wait(self, lanes: Iterable[Lane]) -> None:
        """What stands in these lanes may expire there."""
        for lane in lanes:
            if lane.line and not lane.gone:
                self._expiries.add(lane)

    def pop_expired(self, now: datetime) -> Lane | None:
        """A lane that rests and whose head has expired, None if there is no such.

        Its next head is unknown until it is said to `wait`.
        """
        while (lane := self._expiries.pop(now)) is not None and lane.busy is not None:
            pass  # whoever works on it looks for itself, and lets it rest or removes it
        return lane

    def remove(self, lane: Lane) -> None:
        """The lane is empty, or its partition another worker's."""
        lane.gone = True
        lane.rested.set()
        self._lanes.pop((lane.partition, lane.key, lane.kind), None)
        self._expiries.forget(lane)

    def remove_waiting(self, lane: Lane) -> None:
        """The lane is empty, and nobody has taken it from the agenda."""
        self.remove(lane)
        self.agenda.lost_one()

    def close(self, partition: int) -> list[Lane]:
        """The partition goes: its lanes, none of which is known here any more."""
        lanes = self.of(partition)
        for lane in lanes:
            self.remove(lane)
        self.agenda.drop_gone()
        return lanes

    def forget(self, partition: int) -> None:
        """Nothing of the partition stands here any more, whatever had not ended."""
        for urgent in (True, False):
            self._standing.pop((partition, urgent), None)
