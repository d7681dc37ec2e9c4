"""All benchmarks, one after the other, then the plots and the table of goals.

Each runs in a process of its own, so that its memory and its CPU time are its own. One that fails
is named at the end, and the others run all the same.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click

from benchmarks import pages
from benchmarks.goals import GOALS
from benchmarks.judging import results_in
from benchmarks.record import FOLDER_VARIABLE, RESULTS, ROOT
from benchmarks.rooms import ROOMS

BENCHMARKS = (
    "decide",
    "decide_worker",
    "latency",
    "bridge",
    "delivery",
    "restore",
    "growth",
    "read_model",
    "history",
    "backtest",
    "two_workers",
    "pressure",
)
LIMIT_S, QUICK_LIMIT_S = 3_600.0, 180.0
"""A benchmark that takes longer hangs, and is ended."""


class Outcome(NamedTuple):
    """How one benchmark has ended; `failure` is empty when it went well."""

    name: str
    seconds: float
    failure: str = ""


def run(command: Sequence[str], limit_s: float, folder: Path) -> str:
    """Run a benchmark, which saves its figures in the folder; returns what went wrong, or "".

    It has a process group of its own: when the limit is over, all that it started ends with it.
    """
    environment = {**os.environ, FOLDER_VARIABLE: str(folder)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        code = process.wait(limit_s)
    except subprocess.TimeoutExpired:
        return f"has not ended within {limit_s:,.0f} s"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return f"exit status {code}" if code else ""


def run_all(names: Sequence[str], quick: bool, folder: Path) -> list[Outcome]:
    """Run them in this order, and say which is running and what it took."""
    outcomes, began = [], time.monotonic()
    options = ["--quick"] if quick else []
    for number, name in enumerate(names, 1):
        elapsed = clock(time.monotonic() - began)
        click.secho(f"\n[{number}/{len(names)}] {name} (elapsed {elapsed})", bold=True)
        started = time.monotonic()
        command = [sys.executable, "-m", f"benchmarks.{name}", *options]
        failure = run(command, QUICK_LIMIT_S if quick else LIMIT_S, folder)
        outcomes.append(Outcome(name, time.monotonic() - started, failure))
        click.echo(f"{name}: {failure or 'done'} after {clock(outcomes[-1].seconds)}")
    return outcomes


def clock(seconds: float) -> str:
    """Like `7 min 05 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="Small sizes, under ten minutes; implies --check.")
@click.option(
    "--check", is_flag=True, help="Only print: figures and plots go to .bench, no page changes."
)
@click.option(
    "--only", multiple=True, type=click.Choice(BENCHMARKS), help="Run this one; repeatable."
)
def main(quick: bool, check: bool, only: tuple[str, ...]) -> None:
    """Run all benchmarks, draw the plots and judge the goals.

    Without options the figures go to benchmarks/results, the plots to docs, and the table of
    docs/performance.md and the paragraph of README.md are written anew.

    \b
    Examples:
      python -m benchmarks.suite --quick
      python -m benchmarks.suite --only decide --only latency
    """
    aside = quick or check
    folder = ROOMS / "results" if aside else RESULTS
    names = [name for name in BENCHMARKS if not only or name in only]
    if aside:
        forget(folder)
    failed = [
        f"{each.name} ({each.failure})" for each in run_all(names, quick, folder) if each.failure
    ]
    try:
        pages.draw(folder, ROOMS if aside else pages.DOCS, click.echo)
    except subprocess.CalledProcessError as error:
        failed.append(f"plots (exit status {error.returncode})")
    results = results_in(folder)
    if not aside:
        pages.write(results, click.echo)
    click.echo(f"\n{pages.told(GOALS, results)}\n")
    if quick:
        click.echo("Small sizes: enough to see that all runs, too little to judge by.")
    if failed:
        raise click.ClickException(f"not all went well: {', '.join(failed)}")


def forget(folder: Path) -> None:
    """Remove earlier figures, so that those of a benchmark that fails do not look like today's."""
    for path in folder.glob("*.json"):
        path.unlink()


if __name__ == "__main__":
    main()
