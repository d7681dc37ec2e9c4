"""When a child's feelings need somebody's attention. Never expired, never held back by a break."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from msgspec import Meta

from orchestrator.core.alerts import AlertType, Severity
from orchestrator.core.case import Case, Verdict
from orchestrator.core.events import SelAlert
from orchestrator.core.numbers import Count, Minutes, Numbers


class SelNumbers(Numbers, frozen=True):
    """The `sel` section of the policy. `cooldown` quietens repeated alerts; 0: never."""

    window: Minutes
    repeated: Count
    cooldown: Minutes
    kept_for: Minutes
    kept: Annotated[int, Meta(ge=1, le=32)]

    def impossible(self) -> Iterator[str]:
        """What is counted must be kept."""
        if self.kept_for < self.window:
            yield "kept_for_minutes: must not be below window_minutes"
        if self.kept < self.repeated:
            yield "kept: must not be below repeated"


_INTERVENTION = {
    AlertType.ANXIETY: "anxiety_support",
    AlertType.FRUSTRATION: "frustration_management",
    AlertType.CONFIDENCE: "confidence_building",
    AlertType.ATTENTION: "attention_support",
    AlertType.OTHER: "general_support",
}


def with_alert(kept: Sequence[int], at: int, numbers: SelNumbers) -> tuple[int, ...]:
    """The times of the alerts to keep, oldest first, after one more at `at`."""
    alerts = sorted((*kept, at))[-numbers.kept :]
    oldest = alerts[-1] - numbers.kept_for
    return tuple(alert for alert in alerts if alert >= oldest)


def recent_alerts(kept: Sequence[int], at: int, numbers: SelNumbers) -> int:
    """How many of the kept alerts lie in [at - window, at]: at least the one at `at` itself.

    That one counts even if it came so late that it is not kept.
    """
    return max(1, sum(at - numbers.window <= alert <= at for alert in kept))


def high_severity(case: Case) -> Verdict:
    """At once, for a grave alert; an unknown severity counts as grave and is shown as it was."""
    event: SelAlert = case.event
    observed = event.data.unknown_severity or event.data.severity.value
    if event.data.severity is not Severity.HIGH:
        return Verdict(False, observed, Severity.HIGH.value)
    return _intervention(case, "high", observed, Severity.HIGH.value)


def repeated(case: Case) -> Verdict:
    """For alerts that come again within the window, whatever each is about."""
    numbers, count = case.policy.sel, case.recent_alerts
    if count < numbers.repeated or _is_quietened(case):
        return Verdict(False, count, numbers.repeated)
    return _intervention(case, "moderate", count, numbers.repeated)


def _is_quietened(case: Case) -> bool:
    last = case.state.last_sel_intervention_at
    return last is not None and abs(case.at - last) < case.policy.sel.cooldown


def _intervention(
    case: Case, urgency: str, observed: float | str, threshold: float | str
) -> Verdict:
    event: SelAlert = case.event
    parameters = {
        "intervention_type": _INTERVENTION[event.data.alert_type],
        "urgency": urgency,
        "recent_alerts": case.recent_alerts,
    }
    return Verdict(True, observed, threshold, parameters=parameters)
