"""An explanation, for a teacher to read."""

from collections.abc import Iterator, Mapping

from orchestrator.core.actions import Action
from orchestrator.core.outcomes import ActionOutcome
from orchestrator.core.state import LearnerState
from orchestrator.core.times import MINUTE, moment
from orchestrator.core.why.evidence import evidence_words
from orchestrator.core.why.ways import number
from orchestrator.operations.columns import columns, printable
from orchestrator.operations.past import Ends
from orchestrator.retrace.explanation import Explanation
from orchestrator.web.owner import Who

OUTCOMES: Mapping[str, str] = {
    "duplicate": "It had been seen before, so it changed nothing and no rule was asked.",
    "late": "It came too long after its time, so it changed nothing and no rule was asked.",
}


def as_text(found: Explanation, who: Who, ends: Ends | None) -> Iterator[str]:
    """An event, what it gave, what it found, and what the silent rules would have needed."""
    event, row = found.lived.event, found.lived.row
    at = f"{event.timestamp:%Y-%m-%d %H:%M:%S} UTC"
    yield printable(f"{event.type} of learner {who.learner_id} at tenant {who.tenant_id}, {at}")
    yield printable(f"  id {event.id}, offset {row.offset} of partition {found.partition}")
    yield f"  decided by policy {found.lived.policy.version}"
    yield ""
    if row.outcome in OUTCOMES:
        yield f"  {OUTCOMES[row.outcome]}"
        return
    for action in found.lived.actions:
        yield from _given(action, found.numbers[action.rule], ends)
    if not found.lived.actions:
        yield "  It called for nothing."
        yield ""
    yield "  The learner before it"
    yield from (f"    {line}" for line in state_lines(found.lived.before))
    if found.silent:
        yield ""
        yield "  Rules that stayed silent, and what would have been enough"
        rows = [("    " + each.rule, each.words) for each in found.silent]
        yield from map(printable, columns(rows))


def _given(action: Action, numbers: Mapping[str, object], ends: Ends | None) -> Iterator[str]:
    yield f"  {action.type}, by the rule {action.rule}"
    rows = [
        ("why", action.reason),
        ("evidence", evidence_words(action.rule, action.evidence)),
        ("asked for", _listed(action.parameters)),
    ]
    if action.title:
        rows.append(("told the child", f"{action.title}: {action.message}"))
    rows += [("in the policy", ", ".join(f"{key} = {value}" for key, value in numbers.items()))]
    if ends is not None:
        rows.append(("how it ended", _ended(ends.get(action.action_id))))
    rows.append(("action", action.action_id))
    yield from (printable(line) for line in columns([("    " + a, b) for a, b in rows]))
    yield ""


def _listed(value: object) -> str:
    """Parameters as a person writes them."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_listed(each)}" for name, each in value.items())
    if isinstance(value, list):
        return " and ".join(map(str, value)) or "none"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _ended(outcome: ActionOutcome | None) -> str:
    if outcome is None:
        return "it has not: it waits, or its end is no longer known"
    attempts = f"{outcome.attempts} {'attempt' if outcome.attempts == 1 else 'attempts'}"
    status = "" if outcome.status is None else f", HTTP {outcome.status}"
    detail = f": {outcome.detail}" if outcome.detail else ""
    at = f"{outcome.at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{outcome.outcome} at {at} after {attempts}{status}{detail}"


def state_lines(state: LearnerState | None) -> list[str]:
    """What is remembered of a learner, a line each."""
    if state is None or state.is_blank:
        return ["nothing was known of them"]
    return [f"{name}: {value}" for name, value in state_fields(state).items()]


def state_fields(state: LearnerState) -> dict[str, str]:
    """What is remembered of a learner, by its name in words. Times are events' own, UTC."""
    return {
        "level": state.level.value,
        "right answers in a row": str(state.correct_streak),
        "wrong answers in a row": str(state.incorrect_streak),
        "minutes without a pause": number(round(state.session.worked / MINUTE, 1)),
        "last activity": _time(state.session.last_activity_at),
        "last break": _time(state.last_break_at),
        "alerts about feelings": ", ".join(map(_time, state.sel_alerts)) or "none",
        "assessments that count": ", ".join(number(a.score) for a in state.assessments) or "none",
        "last performance": _number(state.performance),
        "last engagement": _number(state.engagement),
        "level that may yet fail": "none" if state.pending is None else state.pending.level.value,
        "newest event": _time(state.last_event_at),
    }


def _number(value: float | None) -> str:
    return "none" if value is None else number(round(value, 4))


def _time(at: int | None) -> str:
    return "never" if at is None else f"{moment(at):%Y-%m-%d %H:%M:%S}"
