"""`orchestrator policy`: look at policies, compare them, try one, and bring one into force."""

from pathlib import Path

import click

from orchestrator.operations.command import LoadSettings, run
from orchestrator.operations.policies import activate, in_force, known_policies, known_trials
from orchestrator.operations.policy_canary import canary_command
from orchestrator.operations.policy_check import check_command
from orchestrator.operations.policy_diff import diff_command
from orchestrator.operations.policy_files import file_argument, messages_option
from orchestrator.operations.policy_shadow import shadow_command
from orchestrator.plan import read_policy_text
from orchestrator.topics import EVENTS


@click.command("activate")
@file_argument
@messages_option
@click.pass_obj
def activate_command(load_settings: LoadSettings, file: Path, messages: Path) -> None:
    """Bring a policy into force in the whole cluster, from one offset on in each partition.

    \b
    Example:
      orchestrator policy activate candidate.toml
    """
    text = read_policy_text(file, messages)
    version = text.load().version
    offsets = run(activate(load_settings(), text))
    click.echo(f"{version} decides from these offsets of {EVENTS} on:")
    for partition, offset in sorted(offsets.items()):
        click.echo(f"  partition {partition}: {offset}")


@click.command("list")
@click.pass_obj
def list_command(load_settings: LoadSettings) -> None:
    """List the cluster's policies, in how many partitions each is in force, and their trials.

    \b
    Example:
      orchestrator policy list
    """
    settings = load_settings()
    forces = list(run(in_force(settings)).values())
    decides = [each.policy for each in forces]
    canaries = [each.canary.version for each in forces if each.canary is not None]
    for version in run(known_policies(settings)):
        beside = f", a canary in {canaries.count(version)}" if version in canaries else ""
        click.echo(f"{version}  in force in {decides.count(version)} partition(s){beside}")
    for row in run(known_trials(settings)).rows.values():
        ended = f"ended {row.ended_at:%Y-%m-%d %H:%M} UTC: {row.reason}" if row.ended_at else "runs"
        click.echo(f"{row.trial}  since {row.since:%Y-%m-%d %H:%M} UTC, {ended}")


def commands(load_settings: LoadSettings) -> click.Group:
    """The group of commands."""
    return click.Group(
        "policy",
        help="Look at policies, compare them, try one, and bring one into force.",
        commands=[
            check_command,
            diff_command,
            activate_command,
            list_command,
            shadow_command,
            canary_command,
        ],
        context_settings={"obj": load_settings},
    )
