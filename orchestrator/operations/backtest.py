"""`orchestrator backtest`: hold a policy against the one in force, over the events of before."""

import os
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from orchestrator.clock import SystemClock
from orchestrator.comparison.budgets import exceeded
from orchestrator.comparison.summary import Comparison
from orchestrator.errors import NotDeterministic
from orchestrator.operations.backtest_run import Wanted, run_backtest
from orchestrator.operations.backtest_text import as_lines
from orchestrator.operations.command import LoadSettings
from orchestrator.operations.moments import Moment, When, moment
from orchestrator.operations.policy_files import messages_option

SAME, FAILED, DIFFERS, OVER_BUDGET, NOT_DETERMINISTIC = range(5)
"""The exit codes."""

a_file = click.Path(exists=True, dir_okay=False, path_type=Path)
file_to_write = click.Path(dir_okay=False, writable=True, path_type=Path)


class BacktestCommand(click.Command):
    """Exits with 1 where an option is wrong: 2 is an answer here."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What is left. Raises click.UsageError."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.exit_code = FAILED
            raise


@click.command("backtest", cls=BacktestCommand)
@click.option("--candidate", required=True, type=a_file, help="The policy to try out.")
@click.option("--rules", type=a_file,
              help="The policy to hold it against.  [default: the one in force there]")  # fmt: skip
@messages_option
@click.option("--archive", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="A folder of events, see orchestrator archive.  "
              "[default: the topic of the settings' cluster]")  # fmt: skip
@click.option("--from", "since", type=Moment(), help="Compare events from this time on: 30d (ago), "
              "or 2026-03-09T00:00:00Z.")  # fmt: skip
@click.option("--to", "until", type=Moment(), help="Compare events before this time.")
@click.option("--warm-up", default="7d", show_default=True, type=Moment(),
              help="So long before --from the learners' memory begins.")  # fmt: skip
@click.option("--tenant", "tenants", multiple=True, help="Only this tenant; may be given again.")
@click.option("--json", "json_file", type=file_to_write, help="Write the result to this file.")
@click.option("--html", "html_file", type=file_to_write, help="Write the report to this file.")
@click.option("--labels", type=a_file,
              help="What should have been given: JSON lines or CSV.")  # fmt: skip
@click.option("--fail-on", "budgets", multiple=True, metavar="EXPR",
              help="Exit 3 if so much differs, like lost.SEL_INTERVENTION>0 or "
              "added.GAME_BREAK>5%; may be given again.")  # fmt: skip
@click.option("--ignore", "ignores", type=a_file,
              help="Differences that are expected, in TOML: why, and until when.")  # fmt: skip
@click.option("--gate", type=click.Choice(["all", "sample"]), default="all", show_default=True,
              help="Hold base against itself in all partitions, or in one of four.")  # fmt: skip
@click.option("--workers", default=os.cpu_count() or 1, show_default="a core each",
              type=click.IntRange(1, 256), help="Processes at work.")  # fmt: skip
@click.option("--resume", type=click.Path(file_okay=False, path_type=Path),
              help="A folder for how far it has come: if it is killed, the same command goes on "
              "from there. Emptied in the end, since it holds learners' states.")  # fmt: skip
@click.pass_obj
def backtest(
    load_settings: LoadSettings,
    /,
    since: When | None,
    until: When | None,
    warm_up: When,
    gate: str,
    **given: Any,
) -> None:
    """Say what another policy would have given, over real events. Nothing is sent to anybody.

    First of all base is held against itself: only if every byte is the same do differences mean
    anything. Then base and candidate decide each event side by side.

    Exit codes: 0 nothing differs, or only what is ignored; 1 it cannot be done; 2 something
    differs; 3 more than a --fail-on allows; 4 base against itself is not the same.

    \b
    Example:
      orchestrator backtest --candidate candidate.toml --archive march --html report.html \\
        --fail-on 'lost.SEL_INTERVENTION>0'
    """
    now = SystemClock().now()
    typed = [repr(given[name]) for name in ("rules", "archive", "tenants")]
    wanted = Wanted(
        since=moment(since, now),
        until=moment(until, now),
        warm_up=_length(warm_up),
        typed=[*typed, repr(since), repr(until), repr(warm_up)],
        today=now.date(),
        sample=gate == "sample",
        **given,
    )
    sys.exit(told(lambda: run_backtest(wanted, load_settings)))


def told(compared: Callable[[], Comparison]) -> int:
    """Say what a comparison comes to; the exit code. Raises OrchestratorError."""
    try:
        comparison = compared()
    except NotDeterministic as error:
        click.echo(f"Error: {error}", err=True)
        return NOT_DETERMINISTIC
    for line in as_lines(comparison):
        click.echo(line)
    if exceeded(comparison):
        return OVER_BUDGET
    return DIFFERS if comparison.differs else SAME


def command(load_settings: LoadSettings) -> click.Command:
    """The command."""
    backtest.context_settings = {"obj": load_settings}
    return backtest


def _length(typed: When) -> timedelta:
    if isinstance(typed, datetime):
        error = click.BadParameter("is a length, like 7d or 12h", param_hint="--warm-up")
        error.exit_code = FAILED
        raise error
    return typed
