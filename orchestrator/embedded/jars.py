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
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class JarCache:
    """The jars that `sums` names, below `root`; `repositories`: name and URL."""

    root: Path = field(default_factory=cache_dir)
    sums: Path = SUMS
    repositories: dict[str, str] | None = None

    def class_path(self, on_progress: OnProgress = silent) -> list[Path]:
        """Return the files of all jars, fetching what is missing.

        Raises JarMismatchError if one differs from its sum, EmbeddedServerError if one cannot be
        had.
        """
        jars = listed_jars(self.sums)
        missing = [jar for jar in jars if not (self.root / jar.path).is_file()]
        for number, jar in enumerate(missing, start=1):
            self._fetch(jar, _reporting(on_progress, number, len(missing)))
        for jar in jars:
            self._check(self.root / jar.path, jar, f"Delete {self.root / jar.path}")
        return [self.root / jar.path for jar in jars]

    def _fetch(self, jar: Jar, report: Report) -> None:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self._download(jar, report)
        except (OSError, RuntimeError) as error:
            raise EmbeddedServerError(
                f"{jar.coordinate} could not be fetched into {self.root}: {error}. Check the "
                "network (the usual HTTPS_PROXY is heeded) and that the directory can be written "
                "(XDG_CACHE_HOME chooses another), or set KAFKA_BOOTSTRAP_SERVERS to a Kafka of "
                "your own."
            ) from error

    @retry(
        retry=retry_if_exception_type(OSError),
        stop=stop_after_attempt(3),
        wait=wait_exponential(max=5),
        reraise=True,
    )
    def _download(self, jar: Jar, report: Report) -> None:
        """Fetch beside the cache and move into it when whole, so that no half jar is found."""
        with tempfile.TemporaryDirectory(dir=self.root, prefix=".fetching-") as aside:
            context = MavenContext(
                resolver=PythonResolver(progress_callback=report),
                repo_cache=Path(aside),
                remote_repos=self.repositories,
                timeout=30,
            )
            fetched = context.create_dependency(jar.coordinate).artifact.resolve()
            self._check(fetched, jar, "Start again")
            (self.root / jar.path).parent.mkdir(parents=True, exist_ok=True)
            fetched.replace(self.root / jar.path)

    def _check(self, file: Path, jar: Jar, remedy: str) -> None:
        with file.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
        if found != jar.sha256:
            raise JarMismatchError(
                f"{jar.coordinate} is not the jar it should be: its SHA-256 is {found}, "
                f"{self.sums.name} says {jar.sha256}. Nothing was started. {remedy}, so that it is "
                "fetched anew; if it differs again, what is being served is not what was reviewed."
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
