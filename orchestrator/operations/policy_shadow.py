"""`orchestrator policy shadow`: try a policy beside the one in force, and see what would differ."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from orchestrator.clock import SystemClock
from orchestrator.core.trial_records import TrialRow
from orchestrator.operations.command import LoadSettings, run
from orchestrator.operations.policies import known_policies, known_trials
from orchestrator.operations.policy_files import messages_option
from orchestrator.plan import kafka_settings, read_policy_text
from orchestrator.settings import Settings
from orchestrator.trial.shadows import start_shadow, stop_shadow


@click.command("shadow")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@messages_option
@click.option("--stop", is_flag=True, help="End the shadow that runs.")
@click.pass_obj
def shadow_command(
    load_settings: LoadSettings, file: Path | None, messages: Path, *, stop: bool
) -> None:
    """Let a candidate decide beside the policy in force, and only count what would differ.

    Nobody is asked for anything by it. It begins at one offset in each partition, without a
    restart; one that runs is ended by the next. GET /stats, the page and `policy list` tell of it.

    \b
    Example:
      orchestrator policy shadow candidate.toml
      orchestrator policy shadow --stop
    """
    if stop == (file is not None):
        raise click.UsageError("Name the candidate's FILE, or --stop to end the shadow that runs.")
    settings = load_settings()
    if file is None:
        ended = run(_stop(settings))
        lines = [f"{row.trial} has ended." for row in ended] or ["No shadow runs."]
        click.echo("\n".join(lines))
        return
    row = run(_start(settings, file, messages))
    click.echo(f"{row.trial} runs: {row.version} is held against the policy in force.")


async def _start(settings: Settings, file: Path, messages: Path) -> TrialRow:
    text = read_policy_text(file, messages)
    text.load()  # its faults are said before Kafka is asked
    return await start_shadow(
        kafka_settings(settings),
        settings.topic_partitions,
        text,
        await known_policies(settings),
        await known_trials(settings),
        _now(settings),
    )


async def _stop(settings: Settings) -> list[TrialRow]:
    known = await known_trials(settings)
    return await stop_shadow(
        kafka_settings(settings), settings.topic_partitions, known, _now(settings)
    )


def _now(settings: Settings) -> datetime:
    return SystemClock(timedelta(seconds=settings.clock_offset)).now()
