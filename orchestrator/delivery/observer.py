"""What the delivery tells whoever counts: a port, so that the room knows no metrics."""

from typing import Protocol

from orchestrator.core.actions import Action, Service
from orchestrator.delivery.settling import Ended


class Observer(Protocol):
    """Told in the event loop, between awaits: must neither block nor raise."""

    def on_first_attempt(self, service: Service, waited: float) -> None:
        """The first attempt at an action begins, so many seconds after the action was taken on."""
        ...

    def on_attempt(self, service: Service, status: str, seconds: float) -> None:
        """One attempt ended, uncancelled. `status`: the HTTP status, or the value of a Fault."""
        ...

    def on_ended(self, service: Service, action: Action, ended: Ended) -> None:
        """One action has its outcome."""
        ...


class Silent:
    """Ignores all; for those who look at one thing only."""

    def on_first_attempt(self, service: Service, waited: float) -> None:
        """Ignored."""

    def on_attempt(self, service: Service, status: str, seconds: float) -> None:
        """Ignored."""

    def on_ended(self, service: Service, action: Action, ended: Ended) -> None:
        """Ignored."""


class Several:
    """Tells several, one after the other."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def on_first_attempt(self, service: Service, waited: float) -> None:
        """See Observer."""
        for observer in self._observers:
            observer.on_first_attempt(service, waited)

    def on_attempt(self, service: Service, status: str, seconds: float) -> None:
        """See Observer."""
        for observer in self._observers:
            observer.on_attempt(service, status, seconds)

    def on_ended(self, service: Service, action: Action, ended: Ended) -> None:
        """See Observer."""
        for observer in self._observers:
            observer.on_ended(service, action, ended)
