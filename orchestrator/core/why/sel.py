"""What the rules about feelings wait for."""

from orchestrator.core.alerts import Severity
from orchestrator.core.events import EventType
from orchestrator.core.why.ways import Comparison, Found, Now, Way, clock, clock_before, minutes

GRAVE = Way(
    event=EventType.SEL_ALERT,
    field="data.severity",
    comparison=Comparison.EQUALS,
    value=Severity.HIGH.value,
    words="an alert about feelings of high severity",
)


def high_severity(_now: Now) -> Found:
    """A grave alert."""
    return (GRAVE,)


def repeated(now: Now) -> Found:
    """More alerts within the window, once the last intervention is long enough ago."""
    return (repeated_way(now, now.state.last_event_at),)


def repeated_way(now: Now, earliest: int) -> Way:
    """The alerts that are missing, the last of them at `earliest` or as soon after as may be."""
    numbers, last = now.policy.sel, now.state.last_sel_intervention_at
    quiet_until = None if last is None or not numbers.cooldown else last + numbers.cooldown
    at = max(earliest, quiet_until or earliest)
    recent = [alert for alert in now.state.sel_alerts if alert >= at - numbers.window]
    missing = max(1, numbers.repeated - len(recent))
    counted = recent[len(recent) - (numbers.repeated - missing) :]
    until = counted[0] + numbers.window if counted else None
    return Way(
        event=EventType.SEL_ALERT,
        times=missing,
        observed=len(recent),
        threshold=numbers.repeated,
        not_before=at if at > now.state.last_event_at else None,
        not_after=until,
        words=_words(missing, at if at > now.state.last_event_at else None, until, numbers.window),
    )


def _words(missing: int, not_before: int | None, until: int | None, window: int) -> str:
    words = "an alert about feelings" if missing == 1 else f"{missing} alerts about feelings"
    if until is not None:
        words += f" until {clock_before(until)}"
    elif missing > 1:
        words += f" within {minutes(window)}"
    return words if not_before is None else f"{words}, the last not before {clock(not_before)}"
