"""The decide worker beside its peers: the same events, of one broker, in one run.

    python -m benchmarks.decide_worker --quick --only ours,quix

Each side keeps a state a learner in a store with a changelog, and writes actions; what the sides do
and how they are timed is told in benchmarks/peers/README.md. Peers are installed under .bench the
first time. Sides take turns, so that an hour's mood is everybody's.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks.house import run
from benchmarks.peers.goals import Reached, reached
from benchmarks.peers.install import PeerAbsent
from benchmarks.peers.place import LEARNERS, PARTITIONS, Place, Took
from benchmarks.peers.running import SideFailed
from benchmarks.peers.sides import Command, Side, chosen
from benchmarks.record import Figures, save, spread
from orchestrator.clock import SystemClock
from orchestrator.observability.logs import configure_logging

EVENTS, QUICK_EVENTS = 400_000, 40_000
ROUNDS = 3

Say = Callable[[str], object]


class Measured:
    """What becomes of each side: runs, or why there are none."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self.taken: dict[str, list[Took]] = {}
        self.faults: dict[str, dict[str, str]] = {}

    def install(self, sides: Sequence[Side]) -> dict[str, Command]:
        """The commands of those that are here, by name."""
        commands = {}
        for side in sides:
            try:
                commands[side.name] = side.prepare(self._say)
            except PeerAbsent as reason:
                self._give_up(side, "absent", reason)
        return commands

    async def take_turn(self, place: Place, side: Side, command: Command, number: int) -> None:
        """One run, unless an earlier one has failed."""
        if side.name in self.faults:
            return
        try:
            took = await place.one_run(side, command, number)
        except SideFailed as reason:
            self._give_up(side, "failed", reason)
            return
        self.taken.setdefault(side.name, []).append(took)
        ran = took.ran
        self._say(
            f"  {side.name:24}{ran.events_per_second:>10,.0f} events/s,"
            f" warm {ran.warm_events_per_second:>9,.0f}"
        )

    def _give_up(self, side: Side, how: str, reason: Exception) -> None:
        self._say(f"  {side.name} is {how}: {reason}")
        self.faults[side.name] = {how: str(reason)}
        self.taken.pop(side.name, None)


async def measure(
    folder: Path, events: int, rounds: int, sides: Sequence[Side], say: Say
) -> dict[str, Any]:
    """The figures of each side, and how ours compare with the others'."""
    measured = Measured(say)
    commands = measured.install(sides)
    async with Place.furnished(folder, events, say) as place:
        for number in range(1, rounds + 1):
            say(f"round {number} of {rounds}")
            for side in sides:
                if side.name in commands:
                    await measured.take_turn(place, side, commands[side.name], number)
        figures = {
            side.name: {"version": side.version, "events": place.events_of(side)}
            | (measured.faults.get(side.name) or side_figures(measured.taken[side.name]))
            for side in sides
        }
    ran = {name: [took.ran for took in taken] for name, taken in measured.taken.items()}
    return {"sides": figures, "goals": {k: v._asdict() for k, v in reached(ran).items()}}


def side_figures(taken: Sequence[Took]) -> dict[str, Any]:
    """Speeds as spreads, the rest as what is in the middle."""
    ran, outcomes = [took.ran for took in taken], [took.outcome for took in taken]
    return {
        "events_per_second": spread([each.events_per_second for each in ran]),
        "warm_events_per_second": spread([each.warm_events_per_second for each in ran]),
        "changelog_records": median(each.changelog_records for each in outcomes),
        "actions": median(each.actions for each in outcomes),
        "other_records": median(each.others for each in outcomes),
        "rss_mb": round(median(each.rss_mb for each in ran), 1),
        "cpu_s": round(median(each.cpu_s for each in ran), 2),
    }


def report(figures: Figures) -> str:
    """The tables of sides and of goals."""
    head = (
        f"{'':24}{'events/s':>30}{'warm':>30}{'changelog':>12}{'actions':>9}{'MB':>7}{'CPU s':>7}"
    )
    sides = [_side_line(name, side) for name, side in figures["sides"].items()]
    goals = [_goal_line(goal, Reached(**found)) for goal, found in figures["goals"].items()]
    return "\n".join([head, *sides, "", *goals])


def _side_line(name: str, side: Mapping[str, Any]) -> str:
    if "events_per_second" not in side:
        return f"{name:24}{side.get('absent') or side.get('failed')}"
    return (
        f"{name:24}{side['events_per_second']!s:>30}{side['warm_events_per_second']!s:>30}"
        f"{side['changelog_records']:>12,.0f}{side['actions']:>9,.0f}{side['rss_mb']:>7.0f}"
        f"{side['cpu_s']:>7.1f}"
    )


def _goal_line(goal: str, found: Reached) -> str:
    ratio = found.ratio
    shown = f"{ratio.middle:.2f} ({ratio.least:.2f} to {ratio.most:.2f})"
    return f"{goal:48}{shown:>24}, goal {found.factor:g}: {'met' if found.met else 'NOT met'}"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--events", default=EVENTS, show_default=True)
@click.option("--rounds", default=ROUNDS, show_default=True, help="Runs of each side.")
@click.option("--only", default="", help="Sides by name, or by how their names begin: ours,quix.")
@click.option("--quick", is_flag=True, help=f"{QUICK_EVENTS:,} events, one round.")
def main(events: int, rounds: int, only: str, quick: bool) -> None:
    """Measure the decide worker beside Quix Streams, Kafka Streams, Faust and no framework.

    \b
    Example:
      python -m benchmarks.decide_worker --quick --only ours,quix
    """
    if quick:
        events, rounds = QUICK_EVENTS, 1
    try:
        sides = chosen([name for name in only.split(",") if name])
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--only") from error
    configure_logging("ERROR", SystemClock())
    with tempfile.TemporaryDirectory(prefix="decide-worker-") as folder:
        figures = run(measure(Path(folder), events, rounds, sides, click.echo))
    click.echo(report(figures))
    settings = {
        "events": events,
        "rounds": rounds,
        "learners": LEARNERS,
        "partitions": PARTITIONS,
        "sides": [side.name for side in sides],
    }
    click.echo(f"Written to {save('decide_worker', settings, figures)}")


if __name__ == "__main__":
    main()
