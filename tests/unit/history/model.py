"""The history as a plain list: what the file must answer."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator.core.actions import SERVICE_OF, Action, Outcome
from orchestrator.core.events import Event
from orchestrator.history.entries import (
    ActionsErased,
    Asked,
    Came,
    Decided,
    Ended,
    Entry,
    EventsErased,
    Tried,
)
from orchestrator.history.places import log_of
from orchestrator.history.rows import Query, Stage


@dataclass
class ModelEvent:
    place: int
    event: Event
    outcome: str | None = None

    @property
    def status(self) -> Stage:
        known = {None: Stage.PENDING, "decided": Stage.COMPLETED}
        return known.get(self.outcome, Stage.FAILED)


@dataclass
class ModelAction:
    place: int
    action: Action
    outcome: Outcome | None = None
    attempts: int = 0
    tried: bool = False

    @property
    def status(self) -> Stage:
        if self.outcome is None:
            return Stage.EXECUTING if self.tried else Stage.PENDING
        return Stage.COMPLETED if self.outcome is Outcome.DELIVERED else Stage.FAILED


@dataclass
class Model:
    events: list[ModelEvent] = field(default_factory=list)
    actions: list[ModelAction] = field(default_factory=list)

    def take(self, entry: Entry) -> None:  # noqa: C901 - a branch a kind
        match entry:
            case Came():
                self.events.append(ModelEvent(entry.place, entry.event))
            case Asked():
                known = {each.action.action_id for each in self.actions}
                if entry.action.action_id not in known:
                    self.actions.append(ModelAction(entry.place, entry.action))
            case Decided():
                for event in self.events:
                    if event.place == entry.place:
                        event.outcome = entry.outcome
            case Tried() | Ended():
                for action in self.actions:
                    if action.action.action_id == entry.action_id:
                        _move(action, entry)
            case EventsErased():
                self.events = [e for e in self.events if not _is_before(e.place, e.event, entry)]
            case ActionsErased():
                self.actions = [a for a in self.actions if not _is_before(a.place, a.action, entry)]

    def found_events(self, query: Query) -> list[ModelEvent]:
        """All that are wanted, newest first."""
        found = [
            each
            for each in self.events
            if _is_meant(each.event.timestamp, each.event, query)
            and query.id in {None, each.event.id}
            and query.type in {None, each.event.type}
            and query.status in {None, each.status}
        ]
        return sorted(found, key=lambda each: (each.event.timestamp, each.place), reverse=True)

    def found_actions(self, query: Query) -> list[ModelAction]:
        """All that are wanted, newest first."""
        found = [
            each
            for each in self.actions
            if _is_meant(each.action.created_at, each.action, query)
            and query.id in {None, each.action.action_id}
            and query.type in {None, each.action.type}
            and query.service in {None, SERVICE_OF[each.action.type]}
            and query.status in {None, each.status}
        ]
        return sorted(found, key=lambda each: (each.action.created_at, each.place), reverse=True)


def _move(action: ModelAction, entry: Tried | Ended) -> None:
    if isinstance(entry, Ended):
        action.outcome, action.attempts = entry.outcome, entry.attempts
    elif action.outcome is None:
        action.tried, action.attempts = True, entry.attempts


def _is_meant(at: datetime, about: Event | Action, query: Query) -> bool:
    return (
        query.tenant_id in {None, about.tenant_id}
        and query.learner_id in {None, about.learner_id}
        and (query.start is None or at >= query.start)
        and (query.end is None or at < query.end)
    )


def _is_before(place: int, about: Event | Action, entry: EventsErased | ActionsErased) -> bool:
    first, _ = log_of(entry.place)
    return first <= place < entry.place and (about.tenant_id, about.learner_id) == (
        entry.tenant_id,
        entry.learner_id,
    )


def ids(events: Iterable[ModelEvent]) -> list[str]:
    return [each.event.id for each in events]
