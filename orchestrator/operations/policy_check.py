"""`orchestrator policy check`: whether a policy can be used, and what it can come to."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from orchestrator.core.event_codec import encode_event
from orchestrator.core.times import MINUTE
from orchestrator.operations.policy_files import file_argument, messages_option
from orchestrator.operations.policy_findings import in_words
from orchestrator.operations.progress import Progress
from orchestrator.plan import read_policy_text
from orchestrator.policy_check.check import Budget, Checked, check
from orchestrator.policy_check.findings import Severity
from orchestrator.policy_check.limits import Limits
from orchestrator.policy_check.search import Extent

_USUAL = Limits()


@click.command("check")
@file_argument
@messages_option
@click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(0.1, 3_600),
              help="How long to search; the longer, the longer the histories.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit 1 for warnings, too.")
@click.option("--json", "json_wanted", is_flag=True,
              help="The histories as events, a JSON a line; all else goes to stderr.")  # fmt: skip
@click.option("--breaks-an-hour", default=_USUAL.breaks_an_hour, show_default=True,
              type=click.IntRange(1, 60), help="The most breaks within an hour.")  # fmt: skip
@click.option("--learning-minutes", default=_USUAL.learning // MINUTE, show_default=True,
              type=click.IntRange(1, 600),
              help="The longest learning without a break.")  # fmt: skip
@click.option("--rest-minutes", default=_USUAL.rest // MINUTE, show_default=True,
              type=click.IntRange(1, 600),
              help="So long without activity is a rest, whatever the policy says.")  # fmt: skip
def check_command(
    file: Path,
    messages: Path,
    seconds: float,
    strict: bool,
    json_wanted: bool,
    breaks_an_hour: int,
    learning_minutes: int,
    rest_minutes: int,
) -> None:
    """Say whether a policy can be used, and search what it can come to.

    First the files are read; all their faults at once. Then short histories of events at the
    policy's own bounds are decided, shortest first: rules that never fire, levels that go to and
    fro, breaks that are too many or withheld, alerts that nobody answers, words that cannot be
    meant. Each finding comes with the smallest history that shows it, and the end says how far the
    search has come. What was not searched may hold more.

    Exit codes: 0 nothing was found but warnings, 1 an error was found or the policy cannot be used.

    \b
    Examples:
      orchestrator policy check config/policy.toml
      orchestrator policy check candidate.toml --strict --seconds 60
      orchestrator policy check candidate.toml --json > histories.jsonl
    """
    policy = read_policy_text(file, messages).load()
    click.echo(f"{file} can be used. Its version is {policy.version}.", err=json_wanted)
    limits = Limits(
        breaks_an_hour=breaks_an_hour,
        learning=learning_minutes * MINUTE,
        rest=rest_minutes * MINUTE,
    )
    checked = check(policy, limits, Budget(seconds, time.monotonic, tell=_teller(seconds)))
    for line in in_words(checked):
        click.echo(line, err=json_wanted)
    click.echo(_summary(checked), err=json_wanted)
    if json_wanted:
        _print_events(checked)
    worst = checked.worst()
    sys.exit(worst is Severity.ERROR or (strict and worst is not None))


def _print_events(checked: Checked) -> None:
    """The events of all histories, each finding's as a learner's who is called by it."""
    for finding in checked.findings:
        for moment in finding.history:
            click.echo(encode_event(moment.event).decode())


def _summary(checked: Checked) -> str:
    errors = sum(finding.severity is Severity.ERROR for finding in checked.findings)
    return f"{errors} error(s), {len(checked.findings) - errors} warning(s)."


def _teller(seconds: float) -> Callable[[Extent], None]:
    """Says on stderr now and then how far the search has come."""
    progress = Progress(lambda line: click.echo(line, err=True), time.monotonic)
    began = time.monotonic()

    def tell(extent: Extent) -> None:
        what = f"seconds of searching, {extent.model} by {extent.depth + 1} events now"
        progress.reached(what, int(time.monotonic() - began), int(seconds))

    return tell
