"""`orchestrator policy diff`: what differs between two policies, in words."""

from pathlib import Path

import click
import msgspec

from orchestrator.core.policy_records import PolicyText
from orchestrator.errors import OrchestratorError
from orchestrator.operations.command import LoadSettings, run
from orchestrator.operations.policies import known_policies
from orchestrator.operations.policy_files import messages_option
from orchestrator.plan import read_policy_text
from orchestrator.policy_check.changes import changes


@click.command("diff")
@click.argument("old")
@click.argument("new")
@messages_option
@click.option("--json", "json_wanted", is_flag=True, help="As a JSON list, an object a change.")
@click.pass_obj
def diff_command(
    load_settings: LoadSettings, old: str, new: str, messages: Path, json_wanted: bool
) -> None:
    """Say what differs between two policies, each a file or a version of the cluster.

    Each change in words (what it decides, which way it works, which rules it touches), and below
    it the key with the old value and the new one.

    \b
    Examples:
      orchestrator policy diff aivo-d1b78f977551 candidate.toml
      orchestrator policy diff config/policy.toml candidate.toml --json
    """
    found = changes(*(_text(load_settings, name, messages) for name in (old, new)))
    if json_wanted:
        click.echo(msgspec.json.encode(found).decode())
        return
    for change in found:
        click.echo(f"{change.words}\n  {change.raw}")
    if not found:
        click.echo("Nothing differs.")


def _text(load_settings: LoadSettings, name: str, messages: Path) -> PolicyText:
    if Path(name).is_file():
        return read_policy_text(Path(name), messages)
    known = run(known_policies(load_settings()))
    if name not in known:
        raise OrchestratorError(f"{name} is neither a file nor a version of the cluster.")
    return known[name]
