"""`orchestrator ledger`: has everything that came in an end, or a place where it waits?"""

import sys
import time
from datetime import timedelta

import click

from orchestrator.clock import SystemClock
from orchestrator.operations.command import LoadSettings, run
from orchestrator.operations.ledger_run import settled_ledger
from orchestrator.operations.ledger_text import as_tables, as_verdict
from orchestrator.operations.progress import Progress
from orchestrator.plan import kafka_settings
from orchestrator.web.ledger_shown import LedgerShown

UNEXPLAINED = 1


@click.command("ledger")
@click.option("--within", default=60.0, show_default=True, type=click.FloatRange(0, 86_400),
              help="Seconds that what is in flight may take to be explained.")  # fmt: skip
@click.option("--json", "json_wanted", is_flag=True, help="As JSON, like GET /ledger.")
@click.pass_obj
def ledger(load_settings: LoadSettings, within: float, json_wanted: bool) -> None:
    """Hold what came in against what became of it, by partition and service.

    Events: received + replayed = decided + duplicates + late + dead letters + in flight. Actions:
    decided = outcomes + parked + in flight. What is left is unexplained. Reads Kafka alone, and
    needs no worker; what is only on its way explains itself within seconds while workers run, and
    is waited for. Changes nothing.

    Exit codes: 0 everything is explained; 1 something stayed unexplained, or Kafka or a setting
    fails; 2 a wrong option.

    \b
    Examples:
      orchestrator ledger
      orchestrator ledger --within 0 --json | jq .balanced
    """
    settings = load_settings()
    progress = Progress(lambda line: click.echo(line, err=True), time.monotonic)
    kafka = kafka_settings(settings)
    found = run(settled_ledger(kafka, settings.application_id, within, progress))
    if json_wanted:
        now = SystemClock(timedelta(seconds=settings.clock_offset)).now()
        click.echo(LedgerShown.of(found, now, {}).model_dump_json(indent=2))
    else:
        for line in as_tables(found):
            click.echo(line)
    for line in as_verdict(found):
        click.echo(line, err=True)
    sys.exit(UNEXPLAINED if found.unexplained() else 0)


def command(load_settings: LoadSettings) -> click.Command:
    """The command."""
    ledger.context_settings = {"obj": load_settings}
    return ledger
