"""`orchestrator check`: are the settings, Kafka, Redis, the services and the policy right?"""

import asyncio
import sys
from collections.abc import Mapping
from typing import NoReturn

import click

from orchestrator.errors import InvalidSettings
from orchestrator.operations.check_kafka import kafka_findings
from orchestrator.operations.check_policy import policy_findings
from orchestrator.operations.check_redis import redis_findings
from orchestrator.operations.check_security import security_findings
from orchestrator.operations.check_services import services_findings
from orchestrator.operations.check_settings import (
    given_settings,
    settings_findings,
    shown_settings,
)
from orchestrator.operations.columns import columns, printable
from orchestrator.operations.command import LoadSettings, run
from orchestrator.operations.findings import Finding, Grade, as_json, as_lines, fault, worst
from orchestrator.settings import Settings


@click.command("check")
@click.option("--json", "json_wanted", is_flag=True, help="As JSON.")
@click.pass_obj
def check(load_settings: LoadSettings, json_wanted: bool) -> None:
    """Say whether a worker could work with these settings, and what to do if not.

    Shows all settings, with secrets masked; how each connection is secured; whether Kafka answers
    and has the topics as they should be; whether Redis answers, and how far each stream is read;
    whether the services accept connections (they get no request); and the policy's version. Changes
    nothing. Takes up to half a minute if something does not answer.

    Exit codes: 0 no fault, maybe warnings; 1 a fault; 2 a wrong option.

    \b
    Examples:
      orchestrator check
      orchestrator check --json | jq '.findings[] | select(.grade != "ok")'
    """
    try:
        settings = load_settings()
    except InvalidSettings as error:
        finish([fault("settings", found, "") for found in error.faults], {}, json_wanted)
    click.echo("Asking Kafka, Redis and the services …", err=True)
    told = [*settings_findings(settings), *security_findings(settings)]
    findings = [*told, *policy_findings(settings), *run(_asked(settings))]
    shown = shown_settings(settings)
    if not json_wanted:
        for line in _settings_lines(settings, shown):
            click.echo(line)
        click.echo()
    finish(findings, shown, json_wanted)


def command(load_settings: LoadSettings) -> click.Command:
    """The command."""
    check.context_settings = {"obj": load_settings}
    return check


def finish(findings: list[Finding], settings: Mapping[str, str], json_wanted: bool) -> NoReturn:
    """Say what was found, and exit 1 if that is a fault, else 0."""
    if json_wanted:
        click.echo(as_json(findings, settings))
    else:
        for line in as_lines(findings):
            click.echo(line)
    sys.exit(1 if worst(findings) is Grade.FAULT else 0)


async def _asked(settings: Settings) -> list[Finding]:
    """All that is asked of others, side by side."""
    parts = await asyncio.gather(
        kafka_findings(settings), redis_findings(settings), services_findings(settings)
    )
    return [finding for part in parts for finding in part]


def _settings_lines(settings: Settings, shown: Mapping[str, str]) -> list[str]:
    given = given_settings(settings)
    rows = [
        (name, "set" if name in given else "default", printable(text))
        for name, text in shown.items()
    ]
    return list(columns(rows))
