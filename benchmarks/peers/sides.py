"""Who is measured: each side's name, and the command that runs it."""

import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import NamedTuple

from benchmarks.peers.install import (
    Say,
    kafka_streams,
    kafka_streams_version,
    pinned,
    python_with,
)
from benchmarks.peers.task import Task
from orchestrator.guarantee import Guarantee

Command = list[str]

JAVA = ["java", "-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"]


class Side(NamedTuple):
    """`prepare` installs it and returns its command without the task's words (it may raise
    PeerAbsent). `whole`: it decides by all rules, in the product's own topics. `short`: it is given
    fewer events, being slow."""

    name: str
    version: str
    prepare: Callable[[Say], Command]
    variant: str = ""
    whole: bool = False
    short: bool = False

    def command(self, prepared: Command, task: Task) -> Command:
        """The command that carries out the task."""
        return [*prepared, *task.words()]


def _ours(program: str) -> Callable[[Say], Command]:
    return lambda _say: [sys.executable, "-m", f"benchmarks.peers.{program}"]


def _in_environment(peer: str, program: str) -> Callable[[Say], Command]:
    return lambda say: [str(python_with(peer, say)), "-m", f"benchmarks.peers.{program}"]


def _kafka_streams(say: Say) -> Command:
    return [*JAVA, "-cp", kafka_streams(say), "Peer"]


def all_sides() -> list[Side]:
    """In the order in which they are measured."""
    ours = version("aivo-orchestrator")
    once, exactly = Guarantee.AT_LEAST_ONCE, Guarantee.EXACTLY_ONCE
    quix, faust, streams = pinned("quix"), pinned("faust"), kafka_streams_version()
    return [
        Side("raw", version("aiokafka"), _ours("raw")),
        Side("ours-whole-alo", ours, _ours("ours_whole"), once, whole=True),
        Side("ours-whole-eo", ours, _ours("ours_whole"), exactly, whole=True),
        Side("ours-kernel-alo", ours, _ours("ours_kernel"), once),
        Side("ours-kernel-eo", ours, _ours("ours_kernel"), exactly),
        Side("quix", quix, _in_environment("quix", "quix")),
        Side("kafka-streams-rocksdb", streams, _kafka_streams, "rocksdb"),
        Side("kafka-streams-memory", streams, _kafka_streams, "memory"),
        Side("faust", faust, _in_environment("faust", "faust_as_it_comes"), short=True),
    ]


def chosen(names: Sequence[str]) -> list[Side]:
    """Those whose names are among these, or begin with one and a dash; all if there are none.

    Raises ValueError of a name that is no side's.
    """
    sides = all_sides()
    for name in names:
        if not any(_is_named(side, name) for side in sides):
            known = ", ".join(side.name for side in sides)
            raise ValueError(f"no side is named {name}; there are {known}")
    return [side for side in sides if not names or any(_is_named(side, name) for name in names)]


def _is_named(side: Side, name: str) -> bool:
    return side.name == name or side.name.startswith(f"{name}-")
