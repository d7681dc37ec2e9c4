"""The jars are fetched once, whole, and only as reviewed; from a repository of the test's own."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from orchestrator.embedded.errors import EmbeddedServerError, JarMismatchError
from orchestrator.embedded.jars import JarCache, Progress

PATH = "org/example/tool/1.0/tool-1.0.jar"
CONTENT = b"the jar that was reviewed " * 1000


class Repository(ThreadingHTTPServer):
    """Serves one jar; the first `broken` answers stop in the middle."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.content = CONTENT
        self.broken = 0
        self.asked: list[str] = []

    @property
    def jar_requests(self) -> int:
        return self.asked.count(f"/{PATH}")


class Answer(BaseHTTPRequestHandler):
    server: Repository

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path != f"/{PATH}":
            self.send_error(404)
            return
        sent = self.server.content
        if self.server.broken > 0:
            self.server.broken -= 1
            sent = sent[: len(sent) // 2]
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@pytest.fixture
def repository() -> Iterator[Repository]:
    with Repository() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield server
        server.shutdown()


@pytest.fixture
def cache(tmp_path: Path, repository: Repository) -> JarCache:
    sums = tmp_path / "sums"
    sums.write_text(f"{hashlib.sha256(CONTENT).hexdigest()}  {PATH}\n")
    url = f"http://127.0.0.1:{repository.server_address[1]}"
    return JarCache(tmp_path / "cache", sums, {"ours": url})


def files(cache: JarCache) -> set[str]:
    found = (path for path in cache.root.rglob("*") if path.is_file())
    return {path.relative_to(cache.root).as_posix() for path in found}


def test_a_jar_is_fetched_once(cache: JarCache, repository: Repository) -> None:
    first, second = cache.class_path(), cache.class_path()
    assert first == second == [cache.root / PATH]
    assert first[0].read_bytes() == CONTENT
    assert repository.jar_requests == 1


def test_the_progress_is_told(cache: JarCache) -> None:
    told: list[Progress] = []
    cache.class_path(told.append)
    assert told[-1] == Progress("tool-1.0.jar", 1, 1, len(CONTENT), len(CONTENT))
    assert [step.received for step in told] == sorted(step.received for step in told)


def test_a_download_that_breaks_off_is_begun_anew(cache: JarCache, repository: Repository) -> None:
    repository.broken = 1
    assert cache.class_path()[0].read_bytes() == CONTENT
    assert repository.jar_requests == 2
    assert files(cache) == {PATH}


def test_another_content_is_refused_and_not_kept(cache: JarCache, repository: Repository) -> None:
    repository.content = CONTENT + b"and more"
    with pytest.raises(JarMismatchError, match=r"org\.example:tool:1\.0 is not the jar"):
        cache.class_path()
    assert files(cache) == set()


def test_a_jar_changed_in_the_cache_is_refused(cache: JarCache) -> None:
    [file] = cache.class_path()
    file.write_bytes(b"something else")
    with pytest.raises(JarMismatchError, match=f"Delete {file}"):
        cache.class_path()


def test_a_repository_that_is_away_is_said_with_what_to_do(
    cache: JarCache, repository: Repository
) -> None:
    repository.broken = 1_000
    with pytest.raises(
        EmbeddedServerError, match=r"could not be fetched .* KAFKA_BOOTSTRAP_SERVERS"
    ):
        cache.class_path()
    assert files(cache) == set()
