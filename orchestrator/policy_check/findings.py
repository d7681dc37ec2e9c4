"""What a check can find, and how bad each is."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from orchestrator.core.actions import Action
from orchestrator.core.events import Event
from orchestrator.core.state import LearnerState


class Severity(StrEnum):
    """An error harms a child or cannot be meant; a warning is worth a thought."""

    ERROR = "error"
    WARNING = "warning"


SEVERITY: Mapping[str, Severity] = {
    "rule.unreachable": Severity.WARNING,
    "rule.overshadowed": Severity.WARNING,
    "level.ping-pong": Severity.ERROR,
    "level.both-ways": Severity.WARNING,
    "level.two-at-once": Severity.WARNING,
    "sel.unanswered": Severity.ERROR,
    "sel.silenced": Severity.ERROR,
    "break.too-many": Severity.ERROR,
    "break.gap": Severity.ERROR,
    "break.overlap": Severity.ERROR,
    "break.outweighs": Severity.ERROR,
    "break.withheld": Severity.ERROR,
    "action.expires": Severity.ERROR,
    "text.placeholder": Severity.ERROR,
    "text.blank": Severity.ERROR,
    "text.long": Severity.WARNING,
}
"""Every finding by its id. What the file chooses on purpose is a warning at most."""


class Found(Struct, frozen=True):
    """Something that is so at one event: its id, what it is about (a rule, mostly), a sentence."""

    id: str
    subject: str
    words: str


class Moment(Struct, frozen=True):
    """One event of a history that is shown, what it gave, and the state after it."""

    event: Event
    given: tuple[Action, ...]
    state: LearnerState


class Finding(Struct, frozen=True):
    """A thing found, with the shortest history that shows it.

    `history` is empty where nothing can be shown: a rule that no history fires. `smallest`: no
    shorter one exists among those searched; else it is the shortest that was come across.
    """

    id: str
    severity: Severity
    subject: str
    words: str
    history: tuple[Moment, ...] = ()
    smallest: bool = True
