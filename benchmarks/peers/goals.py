"""Our figures as shares of the peers', round by round, and what they should come to at least."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from benchmarks.peers.running import Ran
from benchmarks.record import Spread, spread

Rounds = Mapping[str, Sequence[Ran]]
"""The runs of each side that did its work, a run a round."""


class Goal(NamedTuple):
    """At least `factor` times as many events a second; `warm`: as the peer has them at its end."""

    ours: str
    peer: str
    factor: float
    warm: bool = False

    def __str__(self) -> str:
        """Like `ours-whole-alo / quix`."""
        return f"{self.ours} / {self.peer}{', warm' if self.warm else ''}"


class Reached(NamedTuple):
    """The ratios of all rounds, and whether the middle one is enough."""

    ratio: Spread
    factor: float
    met: bool


GOALS = [
    goal
    for rules in ("whole", "kernel")
    for goal in (
        Goal(f"ours-{rules}-alo", "quix", 2.0),
        Goal(f"ours-{rules}-alo", "kafka-streams-rocksdb", 1.5, warm=True),
        Goal(f"ours-{rules}-alo", "faust", 25.0),
        Goal(f"ours-{rules}-alo", "raw", 0.6),
        Goal(f"ours-{rules}-eo", "quix", 1.5),
    )
]


def reached(rounds: Rounds) -> dict[str, Reached]:
    """By the goal's text; those goals whose two sides have both been measured."""
    return {
        str(goal): _reached(goal, rounds[goal.ours], rounds[goal.peer])
        for goal in GOALS
        if rounds.get(goal.ours) and rounds.get(goal.peer)
    }


def _reached(goal: Goal, ours: Sequence[Ran], peers: Sequence[Ran]) -> Reached:
    ratios = [
        mine.events_per_second / _speed(peer, warm=goal.warm)
        for mine, peer in zip(ours, peers, strict=True)
    ]
    ratio = spread(ratios)
    return Reached(ratio, goal.factor, ratio.middle >= goal.factor)


def _speed(ran: Ran, *, warm: bool) -> float:
    return ran.warm_events_per_second if warm else ran.events_per_second
