"""The peers are installed under .bench: an environment of its own for each, or a Maven build."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from benchmarks.record import ROOT
from benchmarks.rooms import ROOMS, room

SOURCES = Path(__file__).parent
POM = SOURCES / "kafka_streams" / "pom.xml"
STAMP = "installed.txt"

Say = Callable[[str], object]


class PeerAbsent(Exception):
    """The peer cannot be installed here; the text says why."""


def python_with(peer: str, say: Say) -> Path:
    """The interpreter of an environment with PEER_requirements.txt. Raises PeerAbsent."""
    try:
        return room(peer, _requirements_file(peer), say)
    except subprocess.CalledProcessError as error:
        raise PeerAbsent(f"pip ended with {error.returncode}") from error


def pinned(peer: str) -> str:
    """The peer's version: it is named first in its requirements."""
    return _requirements(peer).split()[0].partition("==")[2]


def kafka_streams(say: Say) -> str:
    """The class path of the built peer. Raises PeerAbsent."""
    home = ROOMS / "kafka_streams"
    wanted = "".join(path.read_text() for path in [POM, *sorted(SOURCES.rglob("*.java"))])
    stamp = home / STAMP
    if not (stamp.exists() and stamp.read_text() == wanted):
        for tool in ("mvn", "java"):
            if shutil.which(tool) is None:
                raise PeerAbsent(f"there is no {tool} to build and run Kafka Streams with")
        say(f"Building Kafka Streams' peer into {home} (some 70 MB the first time) …")
        _call("mvn", "-B", "-ntp", "-f", str(POM), "compile", f"-Dbuilt={home}")
        stamp.write_text(wanted)
    return f"{home / 'classes'}:{home / 'jars'}/*"


def kafka_streams_version() -> str:
    """As the build names it."""
    found = re.search(r"kafka-streams</artifactId>\s*<version>(.*?)<", POM.read_text())
    assert found is not None
    return found[1]


def _requirements_file(peer: str) -> Path:
    return SOURCES / f"{peer}_requirements.txt"


def _requirements(peer: str) -> str:
    return _requirements_file(peer).read_text()


def _call(*command: str) -> None:
    """Run an installer, which says on the terminal what it does. Raises PeerAbsent."""
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode != 0:
        raise PeerAbsent(f"{' '.join(command)} ended with {done.returncode}")
