"""How fast a policy is tried out on a simulated month, and in how much memory.

    python -m benchmarks.backtest

The archive of the month is made once, in ~/.cache, or lies where --archive says. First base is held
against itself by the reference, twice, which must give the same bytes. Then base and a candidate
whose breaks come sooner are compared again and again, in as many processes as there are cores, from
the files to the merged tally. Meanwhile the memory of each process is looked at twice a second.
"""

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from benchmarks.house import CONFIG, resident_bytes
from benchmarks.record import save, spread
from orchestrator.archive.folder import ArchiveSource
from orchestrator.backtest.gate import pass_gate
from orchestrator.backtest.order import Order
from orchestrator.backtest.runner import compare
from orchestrator.core.policy_records import PolicyText
from orchestrator.plan import read_policy_text

EVENTS_S = "events/s"
CPU = "microseconds of CPU an event"
CACHE = Path.home() / ".cache" / "aivo-orchestrator"
CHANGE = ("after_minutes = 25", "after_minutes = 20")
LOOK_EVERY_S = 0.5
MEGABYTE = 1e6

Say = Callable[[str], object]


def month(folder: Path | None, events: int, learners: int, say: Say) -> Path:
    """The archive's folder; made by the command where it is not there."""
    folder = folder or CACHE / f"month-{events}-{learners}"
    if not (folder / "manifest.json").exists():
        say(f"making a month of {events:,} events of {learners:,} learners in {folder} …")
        command = [
            sys.executable,
            "-m",
            "orchestrator",
            "archive",
            "classroom",
            "--to",
            str(folder),
        ]
        options = ["--events", str(events), "--learners", str(learners), "--days", "30"]
        subprocess.run([*command, *options], check=True, capture_output=True)
    return folder


def policies() -> tuple[PolicyText, PolicyText]:
    """The policy that is shipped, and the same with sooner breaks."""
    base = read_policy_text(CONFIG / "policy.toml", CONFIG / "messages.en.toml")
    assert CHANGE[0] in base.policy
    return base, PolicyText(base.policy.replace(*CHANGE), base.messages)


class Memory:
    """The megabytes of each child process over the time, as far as it does its work."""

    def __init__(self) -> None:
        self.by_process: dict[int, list[float]] = {}

    def look(self) -> None:
        """Note what every child holds now."""
        children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
        for pid in map(int, children):
            try:
                held = resident_bytes(pid) / MEGABYTE
            except (FileNotFoundError, ProcessLookupError, IndexError):
                continue  # it has ended meanwhile
            self.by_process.setdefault(pid, []).append(held)

    def figures(self) -> dict[str, float]:
        """Of the largest process: at the end of the first quarter of its time, and at the most."""
        quarters = [(held[len(held) // 4], max(held)) for held in self.by_process.values()]
        early, most = max(quarters, key=lambda pair: pair[1])
        return {"MB, after a quarter": early, "MB, at the most": most, "growth": most / early}


@contextmanager
def watched() -> Iterator[Memory]:
    """Looks at the children until the block ends."""
    memory, ended = Memory(), threading.Event()

    def look() -> None:
        while not ended.wait(LOOK_EVERY_S):
            memory.look()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield memory
    finally:
        ended.set()
        thread.join()


def compared(source: ArchiveSource, order: Order, workers: int) -> dict[str, Any]:
    """One comparison: how fast, with what CPU, and in what memory."""
    used, began = _children_cpu(), time.perf_counter()
    with watched() as memory:
        tally, coverage = compare(source, order, workers, lambda _more: None)
    seconds = time.perf_counter() - began
    differing = sum(one.differing > 0 for one in tally.learners.values())
    return {
        EVENTS_S: coverage.read / seconds,
        CPU: (_children_cpu() - used) / coverage.read * 1e6,
        "learners that differ": differing,
        **memory.figures(),
    }


def measure(folder: Path, workers: int, runs: int, say: Say) -> dict[str, Any]:
    """All figures."""
    source, (base, candidate) = ArchiveSource(folder), policies()
    order = Order(base=base, candidate=candidate, spans=source.spans())
    say("base against itself …")
    began = time.perf_counter()
    gate = pass_gate(source, order, workers, lambda _more: None)
    gate_s = time.perf_counter() - began
    taken = []
    for number in range(1, runs + 1):
        say(f"base against the candidate, run {number} of {runs} …")
        taken.append(compared(source, order, workers))
        say(f"  {taken[-1][EVENTS_S]:,.0f} events/s, {taken[-1][CPU]:.1f} {CPU}")
    return {
        "gate": {"identical": gate.identical, "seconds": gate_s},
        "records": order.records,
        **{name: spread([run[name] for run in taken])._asdict() for name in taken[0]},
    }


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--archive", type=click.Path(file_okay=False, path_type=Path),
              help="The folder of the month; made if it is not there.")  # fmt: skip
@click.option("--events", default=5_000_000, show_default=True)
@click.option("--learners", default=5_000, show_default=True)
@click.option("--workers", default=os.cpu_count() or 1, show_default="a core each")
@click.option("--runs", default=3, show_default=True)
@click.option("--quick", is_flag=True, help="40,000 events of 200 learners, one run.")
def main(
    archive: Path | None, events: int, learners: int, workers: int, runs: int, quick: bool
) -> None:
    """Measure how fast a policy is tried out on a simulated month.

    \b
    Example:
      python -m benchmarks.backtest --quick
    """
    if quick:
        archive, events, learners, runs = None, 40_000, 200, 1
    folder = month(archive, events, learners, click.echo)
    figures = measure(folder, workers, runs, click.echo)
    for name, found in figures.items():
        click.echo(f"{name:32}{found}")
    settings = {"events": events, "learners": learners, "workers": workers, "runs": runs}
    click.echo(f"Written to {save('backtest', settings, figures)}")


if __name__ == "__main__":
    main()
