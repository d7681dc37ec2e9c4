"""Writes kafka-jars.sha256 for another Kafka: `python -m orchestrator.embedded.lock_jars 4.1.2`.

For who maintains this repository. Resolves the version's runtime dependencies, fetches them, and
writes down what came: read the difference before you commit it.
"""

import hashlib
import sys
import tempfile
from pathlib import Path

from jgo.maven import MavenContext

from orchestrator.embedded.jars import SUMS

ROOTS = ("org.apache.kafka:kafka_2.13:{version}", "org.slf4j:slf4j-simple:1.7.36")
# slf4j-simple (of the slf4j version Kafka asks for): one small jar that logs to standard error.


def resolve(version: str, repository: Path) -> list[str]:
    """Return the lines of the sums file for that version of Kafka."""
    context = MavenContext(repo_cache=repository)
    roots = [context.create_dependency(root.format(version=version)) for root in ROOTS]
    given, needed = context.resolver.resolve(roots)
    files = [Path(dependency.artifact.resolve()) for dependency in given + needed]
    return [f"{_sha256(file)}  {file.relative_to(repository).as_posix()}" for file in files]


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as aside:
        SUMS.write_text("\n".join(resolve(sys.argv[1], Path(aside))) + "\n")
