"""What a policy check has found, for a terminal: sentences, and histories as tables."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec

from orchestrator.core.actions import Action
from orchestrator.core.events import Event
from orchestrator.core.state import LearnerState
from orchestrator.core.times import MINUTE, micros
from orchestrator.operations.columns import columns
from orchestrator.policy_check.check import Checked
from orchestrator.policy_check.findings import Finding, Moment
from orchestrator.policy_check.search import Extent


def in_words(checked: Checked) -> Iterator[str]:
    """Each finding with its history, and what was searched, line by line."""
    for finding in checked.findings:
        yield from _finding(finding)
        yield ""
    yield "Searched:"
    yield from (f"  {line}" for line in columns([_extent(one) for one in checked.extents]))


def _finding(finding: Finding) -> Iterator[str]:
    yield f"{finding.severity}  {finding.id}  {finding.words}"
    if not finding.history:
        yield "  No history can be shown."
        return
    which = "The smallest history" if finding.smallest else "The smallest history come across"
    yield f"  {which} that shows it:"
    begin = micros(finding.history[0].event.timestamp)
    rows = [("time", "event", "given", "then")]
    rows += [_row(moment, begin) for moment in finding.history]
    yield from (f"    {line}" for line in columns(rows))


def _row(moment: Moment, begin: int) -> tuple[str, str, str, str]:
    given = "; ".join(map(_action, moment.given)) or "-"
    return _clock(moment.event, begin), _event(moment.event), given, _state(moment.state)


def _clock(event: Event, begin: int) -> str:
    """How long after the first event, in hours, minutes and seconds."""
    since = (micros(event.timestamp) - begin) // 1_000_000
    hours, rest = divmod(abs(since), 3_600)
    return f"{'-' if since < 0 else '+'}{hours}:{rest // 60:02}:{rest % 60:02}"


def _event(event: Event) -> str:
    data = msgspec.to_builtins(event).get("data", {})
    return f"{event.type} {', '.join(_fields(data))}".rstrip()


def _fields(data: Mapping[str, Any]) -> Iterator[str]:
    for name, value in data.items():
        if isinstance(value, Mapping):
            yield from _fields(value)
        elif name == "answers":
            yield _answers(value)
        else:
            yield f"{name} {_value(value)}"


def _answers(answers: Sequence[bool]) -> str:
    """Runs of right and wrong answers, in their order."""
    runs = [(right, len(list(run))) for right, run in groupby(answers)]
    return " then ".join(f"{length} {'right' if right else 'wrong'}" for right, length in runs)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _action(given: Action) -> str:
    """The action's type, what it says and its rule."""
    wanted = ("suggested_level", "temporary", "break_type", "duration_minutes", "urgency")
    told = [f"{given.parameters[name]}" for name in wanted if given.parameters.get(name)]
    said = " ".join("for a while" if word == "True" else word for word in told)
    minutes = " min" if "duration_minutes" in given.parameters else ""
    return f"{given.type} {said}{minutes} ({given.rule})".replace("  ", " ")


def _state(state: LearnerState) -> str:
    told = [str(state.level)]
    if state.correct_streak:
        told.append(f"{state.correct_streak} right in a row")
    if state.incorrect_streak:
        told.append(f"{state.incorrect_streak} wrong in a row")
    if state.session.worked:
        told.append(f"learning for {state.session.worked / MINUTE:.4g} min")
    if state.sel_alerts:
        told.append(f"{len(state.sel_alerts)} alert{'s' * (len(state.sel_alerts) > 1)}")
    return ", ".join(told)


def _extent(extent: Extent) -> tuple[str, str, str]:
    events = "event" if extent.depth == 1 else "events"
    far = "exhausted" if extent.exhausted else f"all histories up to {extent.depth} {events}"
    done = f"{extent.states:,} states, {extent.events:,} events decided"
    return extent.model, far, done
