"""`orchestrator explain`: why a learner was asked for something, or was not."""

import json
from pathlib import Path
from typing import Any

import click
import msgspec

from orchestrator.core.why.evidence import evidence_words
from orchestrator.operations.command import LoadSettings
from orchestrator.operations.erase import Identifier
from orchestrator.operations.explain_text import as_text
from orchestrator.operations.past import Past, Records
from orchestrator.retrace.explanation import Explanation
from orchestrator.retrace.explanation import explain as explained
from orchestrator.retrace.life import Lived
from orchestrator.web.owner import Who
from orchestrator.web.state_view import StateShown

archive_option = click.option(
    "--archive",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Read this archive instead of the cluster.",
)


@click.command("explain")
@click.argument("action_id", required=False)
@click.option("--tenant", type=Identifier(), help="The learner's tenant.")
@click.option("--learner", type=Identifier(), help="Explain this learner's last events.")
@click.option("--last", default=5, show_default=True, type=click.IntRange(1, 10_000),
              help="How many events, the newest last.")  # fmt: skip
@archive_option
@click.option("--json", "json_wanted", is_flag=True, help="As JSON, a document an event.")
@click.pass_obj
def explain(
    load_settings: LoadSettings,
    action_id: str | None,
    tenant: str | None,
    learner: str | None,
    last: int,
    archive: Path | None,
    json_wanted: bool,
) -> None:
    """Say why an action was given, or what a learner's last events led to, and why.

    Which rule, on what evidence, by which numbers of which policy, from which state; of each rule
    that stayed silent the least change that would have fired it; and how the action ended. The
    events are decided again from the first one that is kept, by the policies of the time. Changes
    nothing.

    \b
    Examples:
      orchestrator explain 0f3b1c5d9a7e4f6081b2c3d4e5f60718
      orchestrator explain --tenant tenant-456 --learner learner-123 --last 3
      orchestrator explain --tenant t-1 --learner l-1 --archive march --json
    """
    records = Records(load_settings, archive)
    if action_id is not None and learner is None and tenant is None:
        past = records.of_action(action_id)
        chosen = [one for one in past.life.lived() if _gave(one, action_id)]
    elif action_id is None and learner is not None and tenant is not None:
        past = records.of_learner(Who(tenant, learner))
        chosen = list(past.life.lived())[-last:]
    else:
        raise click.UsageError("Give either an ACTION_ID, or both --tenant and --learner.")
    if not chosen:
        raise click.ClickException(nobody(past))
    tell_what_is_gone(past)
    for one in chosen:
        found = explained(past.life, one)
        text = as_json(found, past) if json_wanted else "\n".join([*_text(found, past), ""])
        click.echo(text)


def _gave(one: Lived, action_id: str) -> bool:
    return action_id in one.row.action_ids


def _text(found: Explanation, past: Past) -> list[str]:
    return list(as_text(found, past.who, past.ends))


def nobody(past: Past) -> str:
    """Why there is nothing to tell of a learner."""
    gone = ", or it was so long ago that it is no longer kept" if past.life.gone else ""
    return (
        f"Nothing has been heard of learner {past.who.learner_id} at tenant {past.who.tenant_id}"
        f"{gone}. Ids are case-sensitive, and a learner is known by tenant and id together."
    )


def tell_what_is_gone(past: Past) -> None:
    """A warning where the beginning of the past is missing."""
    if past.life.gone:
        click.echo(
            f"The first {past.life.gone:,} records of partition {past.life.partition} are no "
            "longer kept: what they said of the learner is missing from what is told here. An "
            "archive that was made before (--archive) may have it.",
            err=True,
        )


def as_json(found: Explanation, past: Past) -> str:
    """The explanation of one event as JSON."""
    lived, ends = found.lived, past.ends
    before = lived.before
    known = before is not None and not before.is_blank
    document: dict[str, Any] = {
        "tenant_id": past.who.tenant_id,
        "learner_id": past.who.learner_id,
        "event": msgspec.to_builtins(lived.event),
        "partition": found.partition,
        "offset": lived.row.offset,
        "outcome": lived.row.outcome,
        "policy_version": lived.policy.version,
        "actions": [
            msgspec.to_builtins(action)
            | {
                "evidence_words": evidence_words(action.rule, action.evidence),
                "policy_numbers": found.numbers[action.rule],
                "ended": None if ends is None else msgspec.to_builtins(ends.get(action.action_id)),
            }
            for action in lived.actions
        ],
        "state_before": StateShown.of(past.who, before, lived.policy.version).model_dump(
            mode="json"
        )
        if before is not None and known
        else None,
        "silent": [msgspec.to_builtins(each) for each in found.silent],
    }
    return json.dumps(document, ensure_ascii=False)


def command(load_settings: LoadSettings) -> click.Command:
    """The command."""
    explain.context_settings = {"obj": load_settings}
    return explain
