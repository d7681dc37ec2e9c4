"""`orchestrator state`: how a learner stood at a moment, and how they would have by a policy."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from orchestrator.clock import SystemClock
from orchestrator.core.policy import Policy
from orchestrator.core.times import in_utc, micros, moment
from orchestrator.operations.columns import columns, printable
from orchestrator.operations.command import LoadSettings
from orchestrator.operations.erase import Identifier
from orchestrator.operations.explain import archive_option, nobody, tell_what_is_gone
from orchestrator.operations.explain_text import state_fields
from orchestrator.operations.moments import Moment, When
from orchestrator.operations.moments import moment as moment_of
from orchestrator.operations.past import Past, Records
from orchestrator.operations.policy_files import messages_option
from orchestrator.plan import read_policy_text
from orchestrator.retrace.at import Then, state_at
from orchestrator.web.owner import Who
from orchestrator.web.state_view import StateShown


@click.command("state")
@click.option("--tenant", required=True, type=Identifier(), help="The learner's tenant.")
@click.option("--learner", required=True, type=Identifier(), help="The learner.")
@click.option("--at", "at", type=Moment(), help="The moment.  [default: after their last event]")
@click.option("--with-policy", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Show beside it how they would stand by this policy.")  # fmt: skip
@messages_option
@click.option("--since", type=Moment(), help="From when on that policy decides.  [default: always]")
@archive_option
@click.option("--json", "json_wanted", is_flag=True, help="As JSON, states as over HTTP.")
@click.pass_obj
def state(
    load_settings: LoadSettings,
    tenant: str,
    learner: str,
    at: When | None,
    file: Path | None,
    messages: Path,
    since: When | None,
    archive: Path | None,
    json_wanted: bool,
) -> None:
    """Show how a learner stood at a moment, by deciding their events again up to then.

    Moments are the events' own times. The events are taken in the order in which they came, up to
    the first one from after the moment. What is from before it but came only afterwards is not in
    it, since nobody knew it then; how many such events there were is said. With --with-policy the
    same events are also decided by another policy, from the first one on or --since a moment.
    Changes nothing.

    Exit codes: 0 the state is shown; 1 there is none: nobody by this name, nothing yet by then, or
    the learner had been erased; 2 a wrong option.

    \b
    Examples:
      orchestrator state --tenant t-1 --learner l-1 --at 2026-03-04T10:30:00Z
      orchestrator state --tenant t-1 --learner l-1 --with-policy candidate.toml --since 7d
    """
    if since is not None and file is None:
        raise click.UsageError("--since says from when on --with-policy decides: give that, too.")
    policy = None if file is None else read_policy_text(file, messages).load()
    past = Records(load_settings, archive).of_learner(Who(tenant, learner))
    now = SystemClock().now()
    tell_what_is_gone(past)
    thens = dict(_thens(past, _micros(at, now), policy, _micros(since, now)))
    was = thens["was"]
    if was.state is None or was.state.is_blank:
        raise click.ClickException(_why_none(past, was))
    click.echo(_json(past, thens) if json_wanted else "\n".join(_text(past, thens)))
    sys.exit(0)


def _thens(
    past: Past, at: int | None, policy: Policy | None, since: int | None
) -> Iterator[tuple[str, Then]]:
    until = sys.maxsize if at is None else at
    yield "was", state_at(past.life.lived(), until)
    if policy is not None:
        yield f"by {policy.version}", state_at(past.life.lived(policy, since), until)


def _micros(when: When | None, now: datetime) -> int | None:
    found = moment_of(when, now)
    return None if found is None else micros(in_utc(found))


def _why_none(past: Past, was: Then) -> str:
    who = f"learner {past.who.learner_id} at tenant {past.who.tenant_id}"
    if was.last is not None:
        at = in_utc(was.last.event.timestamp)
        return (
            f"Nothing was known of {who} by then: they had been erased, at {at:%Y-%m-%d %H:%M} UTC."
        )
    if was.next_at is not None:
        first = f"{moment(was.next_at):%Y-%m-%d %H:%M:%S} UTC"
        return f"Nothing had been heard of {who} by then: their first event is of {first}."
    return nobody(past)


def _text(past: Past, thens: dict[str, Then]) -> Iterator[str]:
    was = thens["was"]
    yield printable(f"Learner {past.who.learner_id} at tenant {past.who.tenant_id}")
    if was.last is not None:
        last = f"{in_utc(was.last.event.timestamp):%Y-%m-%d %H:%M:%S} UTC"
        yield printable(f"after {was.events} events, the last {was.last.event.type} of {last}")
    if was.stragglers:
        yield f"{was.stragglers} from before the moment came only afterwards, and are not in it"
    yield ""
    fields = [_fields(then) for then in thens.values()]
    names = list(dict.fromkeys(name for each in fields for name in each))
    rows = [("", *thens), *((name, *(each.get(name, "0") for each in fields)) for name in names)]
    marks = ["", *("*" if len(set(row[1:])) > 1 else "" for row in rows[1:])]
    for line, mark in zip(columns(rows), marks, strict=True):
        yield printable(f"{mark:1} {line}")
    if any(marks):
        yield "* differs"


def _fields(then: Then) -> dict[str, str]:
    known = {} if then.state is None else state_fields(then.state)
    by = {} if then.last is None else {"decided by": then.last.policy.version}
    return (
        known | by | {f"{kind} so far": str(count) for kind, count in sorted(then.actions.items())}
    )


def _json(past: Past, thens: dict[str, Then]) -> str:
    return json.dumps(
        {name: _document(past, then) for name, then in thens.items()}, ensure_ascii=False
    )


def _document(past: Past, then: Then) -> dict[str, Any]:
    assert then.state is not None and then.last is not None  # noqa: PT018 - both or neither
    shown = StateShown.of(past.who, then.state, then.last.policy.version)
    return {
        "state": shown.model_dump(mode="json"),
        "events": then.events,
        "stragglers": then.stragglers,
        "actions": dict(sorted(then.actions.items())),
        "last_event": {"id": then.last.event.id, "offset": then.last.row.offset},
    }


def command(load_settings: LoadSettings) -> click.Command:
    """The command."""
    state.context_settings = {"obj": load_settings}
    return state
