"""The rows of one batch before they are written: what came together is written once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec import Struct

from orchestrator.core.times import micros
from orchestrator.history.entries import Asked, Came, Decided, Ended, Tried
from orchestrator.history.states import (
    ACTION_STATE,
    EVENT_STATE,
    EXECUTING,
    WAITING,
)


class Verdict(Struct):
    """What is known of an event beyond itself."""

    state: int = WAITING
    policy_version: str | None = None
    action_ids: str = ""


class Progress(Struct):
    """How far an action is."""

    state: int = WAITING
    attempts: int = 0
    http_status: int | None = None
    ended: int | None = None
    detail: str = ""


@dataclass(slots=True)
class Drafts:
    """New events and actions by place and id, with what is known of them; and news of older ones.

    The news of an action is its newest: an end is followed by another end alone.
    """

    events: dict[int, tuple[Came, Verdict]] = field(default_factory=dict)
    actions: dict[str, tuple[Asked, Progress]] = field(default_factory=dict)
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    progress: dict[str, Progress] = field(default_factory=dict)

    def came(self, entry: Came) -> None:
        """A new event."""
        self.events[entry.place] = entry, Verdict()

    def decided(self, entry: Decided) -> None:
        """An event's decision, of this batch or before."""
        state = EVENT_STATE[entry.outcome]
        verdict = Verdict(state, entry.policy_version, " ".join(entry.action_ids))
        if (draft := self.events.get(entry.place)) is not None:
            self.events[entry.place] = draft[0], verdict
        else:
            self.verdicts[entry.place] = verdict

    def asked(self, entry: Asked) -> None:
        """A new action; one that is decided again has the same id, and is no new one."""
        self.actions.setdefault(entry.action.action_id, (entry, Progress()))

    def tried(self, entry: Tried) -> None:
        """An action waits for another attempt."""
        self._moved(entry.action_id, Progress(EXECUTING, entry.attempts, detail=entry.detail))

    def ended(self, entry: Ended) -> None:
        """An action has ended."""
        state, at = ACTION_STATE[entry.outcome], micros(entry.at)
        progress = Progress(state, entry.attempts, entry.http_status, at, entry.detail)
        self._moved(entry.action_id, progress)

    def _moved(self, action_id: str, progress: Progress) -> None:
        draft = self.actions.get(action_id)
        before = draft[1] if draft is not None else self.progress.get(action_id)
        if before is not None and before.ended is not None and progress.ended is None:
            return
        if draft is not None:
            self.actions[action_id] = draft[0], progress
        else:
            self.progress[action_id] = progress

    def forget_known(self, action_ids: Iterable[str]) -> None:
        """These actions are in the file already; what came of them meanwhile is news."""
        for action_id in action_ids:
            _, progress = self.actions.pop(action_id)
            if progress.state != WAITING:
                self.progress[action_id] = progress
