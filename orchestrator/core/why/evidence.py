"""The evidence of an action in words: what was observed, against which number of the policy."""

from collections.abc import Mapping
from typing import Any

from orchestrator.core.why.ways import number

_WORDS: Mapping[str, str] = {
    "level.baseline": "the first assessment's score was {observed}; this level is from {threshold}",
    "path.baseline": "the first assessment's score was {observed}",
    "level.slp": "the communication score was {observed}, which is below {threshold}",
    "level.down.performance": "the performance was {observed}; {threshold} or less is too hard",
    "level.down.streak": "{observed} wrong answers in a row; {threshold} are enough",
    "level.up.performance": "the performance was {observed}; {threshold} or more is ready for more",
    "level.up.streak": "{observed} right answers in a row; {threshold} are enough",
    "level.engagement_low": "the learner was reported to be losing interest",
    "path.coursework": "gaps that the coursework has shown: {observed}",
    "sel.high_severity": "the alert's severity was {observed}",
    "sel.repeated": "{observed} alerts about feelings in a short time; {threshold} are enough",
    "break.sel": "it goes with the support that {observed} gave",
    "break.engagement_low": "the learner was reported to be losing interest",
    "break.engagement": "the engagement was {observed}, which is below {threshold}",
    "break.session": "{observed} minutes of learning without a pause; {threshold} are enough",
}


def evidence_words(rule: str, evidence: Mapping[str, Any]) -> str:
    """A sentence's part for a teacher; of a rule without words of its own, the bare figures."""
    observed, threshold = evidence.get("observed"), evidence.get("threshold")
    words = _WORDS.get(rule)
    if words is None:
        words = "{observed} was observed"
        words += "" if threshold is None else ", and the threshold is {threshold}"
    return words.format(observed=_told(observed), threshold=_told(threshold))


def _told(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(round(value, 4))
    return "nothing" if value is None else str(value)
