"""What an exploration comes to, as data: JSON for other programs, and what is drawn."""

from datetime import datetime

import msgspec
from msgspec import Struct

from orchestrator.core.actions import ActionType


class Varied(Struct, frozen=True):
    """A parameter: its path in the policy's file, what it decides, its value now, those tried.

    `unit`: of the values, as the path has it; empty for a ratio or a count.
    """

    path: str
    says: str
    unit: str
    present: float
    values: tuple[float, ...]


class Given(Struct, frozen=True):
    """What a point gives of one type: actions, the same per learner-day, and to how many learners.

    `per_learner_day` is None without a learner-day.
    """

    type: ActionType
    actions: int
    learners: int
    per_learner_day: float | None


class Tried(Struct, frozen=True):
    """A point: the values in the order of the parameters. `is_present`: it is what is now."""

    values: tuple[float, ...]
    is_present: bool
    given: tuple[Given, ...]

    def of(self, kind: ActionType) -> Given:
        """What it gives of a type."""
        return next(each for each in self.given if each.type is kind)


class Impossible(Struct, frozen=True):
    """A point that is no policy, and why."""

    values: tuple[float, ...]
    faults: tuple[str, ...]


class Exploration(Struct, frozen=True, kw_only=True):
    """The whole result. `present`: what the policy gives as it is, be it of the grid or not.

    `events`: those that were decided in the range. `records`: all that were read for it.
    """

    source: str
    base: str
    code_version: str
    since: datetime | None
    until: datetime | None
    warm_up_hours: float | None
    tenants: tuple[str, ...]
    parameters: tuple[Varied, ...]
    present: Tried
    points: tuple[Tried, ...]
    left_out: tuple[Impossible, ...]
    records: int
    refused: int
    events: int
    learners: int
    learner_days: int

    def at(self, values: tuple[float, ...]) -> Tried | None:
        """The point of these values; None if it was left out."""
        return next((point for point in self.points if point.values == values), None)


def encode_exploration(exploration: Exploration) -> bytes:
    """JSON over many lines."""
    return msgspec.json.format(msgspec.json.encode(exploration), indent=2) + b"\n"
