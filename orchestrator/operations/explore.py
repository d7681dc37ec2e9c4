"""`orchestrator explore`: what other values of a number would have given, over events of before."""

import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import click

from orchestrator.archive.folder import ArchiveSource
from orchestrator.archive.source import Source
from orchestrator.backtest.explore.exploration import Exploration, encode_exploration
from orchestrator.backtest.explore.exploring import Range, explore
from orchestrator.backtest.explore.grid import make_grid
from orchestrator.backtest.explore.parameters import read_parameters
from orchestrator.backtest.report.explored import explored_html
from orchestrator.clock import SystemClock
from orchestrator.core.policy_records import PolicyText
from orchestrator.operations.command import LoadSettings
from orchestrator.operations.explored_text import as_lines
from orchestrator.operations.moments import Moment, When, moment
from orchestrator.operations.policy_files import messages_option
from orchestrator.operations.progress import Progress
from orchestrator.plan import read_policy_text

file_to_write = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command("explore")
@click.argument("parameters", nargs=-1, required=True, metavar="NAME=VALUES [NAME=VALUES]")
@click.option("--archive", required=True, help="Folder with the events, see orchestrator archive.",
              type=click.Path(exists=True, file_okay=False, path_type=Path))  # fmt: skip
@click.option("--rules", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="The policy that is varied.  [default: the archive's newest]")  # fmt: skip
@messages_option
@click.option("--from", "since", type=Moment(), help="Events from this time on count: 30d (ago), "
              "or 2026-03-09T00:00:00Z.")  # fmt: skip
@click.option("--to", "until", type=Moment(), help="Events before this time count.")
@click.option("--warm-up", default="7d", show_default=True, type=Moment(),
              help="So long before --from the learners' memory begins.")  # fmt: skip
@click.option("--tenant", "tenants", multiple=True, help="Only this tenant; may be given again.")
@click.option("--workers", default=os.cpu_count() or 1, show_default="a core each",
              type=click.IntRange(1, 256), help="Processes at work.")  # fmt: skip
@click.option("--html", "html_file", type=file_to_write, help="Write the pictures to this file.")
@click.option("--json", "json_file", type=file_to_write, help="Write the figures to this file.")
@click.pass_obj
def explore_command(
    load_settings: LoadSettings,
    parameters: tuple[str, ...],
    archive: Path,
    rules: Path | None,
    messages: Path,
    since: When | None,
    until: When | None,
    warm_up: When,
    tenants: tuple[str, ...],
    workers: int,
    html_file: Path | None,
    json_file: Path | None,
) -> None:
    """Say what other values of one number of the policy, or of two, would have given.

    NAME is a number's path in the policy's file, or the id of the rule that waits for it. VALUES
    are a range, 20..40:5 (from 20 to 40 by 5), or single ones, 20,25,40. All of them are evaluated
    in one pass over the events. Nothing is sent to anybody.

    Exit codes: 0 done; 1 it cannot be; 2 a wrong option.

    \b
    Examples:
      orchestrator explore --archive march breaks.session.after_minutes=15..40:5
      orchestrator explore --archive march --html explore.html \\
        break.session.minutes=20..40:5 level.up.performance=0.8..0.9:0.05
    """
    source = ArchiveSource(archive)
    base = base_of(source, rules, messages, load_settings)
    grid = make_grid(base, read_parameters(parameters, base.policy))
    now = SystemClock().now()
    span = Range(moment(since, now), moment(until, now), _length(warm_up), tenants)
    found = explore(source, grid, span, workers, _say_how_far())
    _write(found, html_file, json_file)
    for line in as_lines(found):
        click.echo(line)


def base_of(
    source: Source, rules: Path | None, messages: Path, load_settings: LoadSettings
) -> PolicyText:
    """The policy to be varied: the file, else the newest of the source, else POLICY_FILE."""
    if rules is not None:
        return read_policy_text(rules, messages)
    if known := list(source.policies().values()):
        return PolicyText(*known[-1])
    settings = load_settings()
    return read_policy_text(Path(settings.policy_file), Path(settings.messages_file))


def command(load_settings: LoadSettings) -> click.Command:
    """The command."""
    explore_command.context_settings = {"obj": load_settings}
    return explore_command


def _length(typed: When) -> timedelta:
    if isinstance(typed, datetime):
        raise click.BadParameter("is a length, like 7d or 12h", param_hint="--warm-up")
    return typed


def _say_how_far() -> Callable[[int, int], None]:
    progress = Progress(lambda line: click.echo(line, err=True), time.monotonic)
    return lambda done, total: progress.reached("records", done, total)


def _write(found: Exploration, html_file: Path | None, json_file: Path | None) -> None:
    if html_file is not None:
        html_file.write_text(explored_html(found), encoding="utf-8")
        click.echo(f"pictures: {html_file}", err=True)
    if json_file is not None:
        json_file.write_bytes(encode_exploration(found))
        click.echo(f"figures: {json_file}", err=True)
