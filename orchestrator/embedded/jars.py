"""Kafka's jars: fetched once into the user's cache, and checked on every start.

`kafka-jars.sha256` names each jar by its place in a Maven repository and its SHA-256 (the format
of sha256sum, so `sha256sum -c` in the cache directory says the same). Only what it names is
fetched, and nothing runs that differs from it. A Maven resolver written in Python (jgo) does the
fetching: neither Java nor Maven need be installed.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from jgo.maven import MavenContext, PythonResolver
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from orchestrator.embedded.errors import EmbeddedServerError, JarMismatchError

SUMS = Path(__file__).with_name("kafka-jars.sha256")


class Jar(NamedTuple):
    """One jar: its path in a Maven repository and the SHA-256 it must have, in hex."""

    path: PurePosixPath
    sha256: str

    @property
    def coordinate(self) -> str:
        """Maven's name for it, group:artifact:version."""
        *group, artifact, version, _ = self.path.parts
        return f"{'.'.join(group)}:{artifact}:{version}"


class Progress(NamedTuple):
    """How far a download is: jar `number` (from 1) of `jars`, `received` of its `size` bytes."""

    name: str
    number: int
    jars: int
    received: int
    size: int


OnProgress = Callable[[Progress], None]
Report = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""jgo's own shape of the same."""


def silent(progress: Progress) -> None:
    """For who does not want to know."""


def cache_dir() -> Path:
    """Where the jars are kept: below XDG_CACHE_HOME, or ~/.cache."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "aivo-orchestrator" / "maven"


def listed_jars(sums: Path = SUMS) -> list[Jar]:
    """Return the jars that `sums` names, in its order, which is that of the class path."""
    rows = (line.split() for line in sums.read_text().splitlines() if line.strip())
    return [Jar(PurePosixPath(path), sha256) for sha256, path in rows]


def class_path(
    on_progress: OnProgress = silent, cache: Path | None = None, sums: Path = SUMS
) -> list[Path]:
    """Return the files of all jars, fetching what is missing.

    Raises JarMismatchError if one differs from its sum, EmbeddedServerError if one cannot be had.
    """
    root = cache or cache_dir()
    jars = listed_jars(sums)
    missing = [jar for jar in jars if not (root / jar.path).is_file()]
    for number, jar in enumerate(missing, start=1):
        _fetch(jar, root, _reporting(on_progress, number, len(missing)))
    for jar in jars:
        _check(root / jar.path, jar)
    return [root / jar.path for jar in jars]


def _fetch(jar: Jar, root: Path, report: Report) -> None:
    try:
        root.mkdir(parents=True, exist_ok=True)
        _download(jar, root, report)
    except (OSError, RuntimeError) as error:
        raise EmbeddedServerError(
            f"{jar.coordinate} could not be fetched into {root}: {error}. Check the network (the "
            "usual HTTPS_PROXY is heeded) and that the directory can be written (XDG_CACHE_HOME "
            "chooses another), or set KAFKA_BOOTSTRAP_SERVERS to a Kafka of your own."
        ) from error


@retry(
    retry=retry_if_exception_type(OSError),
    stop=stop_after_attempt(3),
    wait=wait_exponential(max=5),
    reraise=True,
)
def _download(jar: Jar, root: Path, report: Report) -> None:
    """Fetch beside the cache and move into it when whole, so that a half jar is never found."""
    with tempfile.TemporaryDirectory(dir=root, prefix=".fetching-") as aside:
        resolver = PythonResolver(progress_callback=report)
        context = MavenContext(resolver=resolver, repo_cache=Path(aside), timeout=30)
        fetched = context.create_dependency(jar.coordinate).artifact.resolve()
        _check(fetched, jar)
        (root / jar.path).parent.mkdir(parents=True, exist_ok=True)
        fetched.replace(root / jar.path)


def _check(file: Path, jar: Jar) -> None:
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != jar.sha256:
        raise JarMismatchError(
            f"{file} is not the jar it should be: its SHA-256 is {found}, {SUMS.name} says "
            f"{jar.sha256}. Nothing was started. Delete the file, so that it is fetched anew; if "
            "it differs again, what is being served is not what was reviewed."
        )


def _reporting(on_progress: OnProgress, number: int, jars: int) -> Report:
    @contextmanager
    def downloading(name: str, size: int) -> Iterator[Callable[[int], None]]:
        received = 0

        def add(count: int) -> None:
            nonlocal received
            received += count
            on_progress(Progress(name, number, jars, received, size))

        yield add

    return downloading
