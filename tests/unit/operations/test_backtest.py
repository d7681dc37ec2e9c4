"""`orchestrator backtest` as it is typed, over an archive: what it says, writes and exits with."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orchestrator.archive.folder import ArchiveSource
from orchestrator.backtest import resuming
from orchestrator.backtest.gate import pass_gate
from orchestrator.cli import main
from orchestrator.comparison.summary import Comparison, StartKind, decode_comparison
from orchestrator.operations.backtest import told
from tests.unit.backtest.sources import Days, order, unheard
from tests.unit.backtest.test_gate import Planted
from tests.unit.core.samples import CONFIG, POLICY_TOML

SENDERS = ("agents", "redis", "httpx", "aiohttp", "requests", "faust", "orchestrator.delivery",
           "orchestrator.bridge", "orchestrator.app", "orchestrator.stream.app",
           "orchestrator.stream.producer", "orchestrator.stream.producing",
           "orchestrator.stream.transactions")  # fmt: skip


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backtest") / "days"
    made = run("archive", "classroom", "--to", folder, "--learners", 20, "--days", 9,
               "--events", 2_000, "--partitions", 1, "--workers", 1)  # fmt: skip
    assert made.exit_code == 0, made.output
    return folder


@pytest.fixture
def sooner(tmp_path: Path) -> Path:
    path = tmp_path / "sooner.toml"
    path.write_text(POLICY_TOML.replace("after_minutes = 25", "after_minutes = 20"))
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [*map(str, words)])


def backtest(candidate: Path, archive: Path, *words: object) -> Result:
    return run("backtest", "--candidate", candidate, "--archive", archive, "--workers", 1, *words)


def written(path: Path) -> Comparison:
    return decode_comparison(path.read_bytes())


def test_the_policy_in_force_against_itself_is_the_same_and_exits_with_0(
    archive: Path, tmp_path: Path
) -> None:
    done = backtest(CONFIG / "policy.toml", archive, "--json", tmp_path / "found.json")

    assert (done.exit_code, "exactly as base does" in done.stdout) == (0, True), done.output
    found, source = written(tmp_path / "found.json"), ArchiveSource(archive)
    assert found.identical
    assert found.header.gate is not None
    assert found.header.gate.identical
    assert found.header.base == found.header.candidate
    assert found.header.start.kind is StartKind.NOTHING
    assert found.denominators.read == sum(
        len(chunk.offsets)
        for number, span in source.spans().items()
        for chunk in source.chunks(number, span)
    )
    assert found.denominators.evaluated > 1_500


def test_another_policy_differs_and_a_budget_is_held_against_it(
    archive: Path, sooner: Path, tmp_path: Path
) -> None:
    html, result = tmp_path / "report.html", tmp_path / "found.json"
    kept = ("--fail-on", "lost.SEL_INTERVENTION>0")
    since = ("--from", "2026-03-05", "--warm-up", "2d", "--json", result, "--html", html)
    done = backtest(sooner, archive, *kept, *since)

    assert done.exit_code == 2, done.output
    assert "more breaks" in done.stdout
    assert "more breaks" in html.read_text()
    found = written(result)
    assert found.header.start.kind is StartKind.WARM_UP
    assert found.denominators.skipped["warm-up"] > 0

    over = backtest(sooner, archive, *kept, "--fail-on", "added.GAME_BREAK>0", "--gate", "sample")
    assert over.exit_code == 3, over.output
    assert "added.GAME_BREAK>0: EXCEEDED" in over.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--warm-up", "2026-03-05"), "is a length"),
        (("--workers", "none"), "not a valid integer"),
        (("--from", "2031-01-01"), "no events of that time"),
        (("--fail-on", "breaks>1"), "breaks>1"),
        (("--rules", CONFIG / "messages.en.toml"), "fault"),
    ],
)
def test_what_cannot_be_done_exits_with_1_since_2_is_an_answer(
    archive: Path, sooner: Path, words: tuple[object, ...], said: str
) -> None:
    done = backtest(sooner, archive, *words)

    assert done.exit_code == 1, done.output
    assert said in done.output


def test_a_policy_that_is_not_deterministic_exits_with_4(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def compared() -> Comparison:
        planted = order(Days(1_500), base=Planted("order of a set"))
        pass_gate(Days(1_500), planted, 2, unheard)
        raise AssertionError("the gate was passed")

    assert told(compared) == 4
    assert "Base does not decide the same twice" in capsys.readouterr().err


def test_a_folder_to_resume_from_is_only_for_the_same_command_and_empty_in_the_end(
    archive: Path, sooner: Path, tmp_path: Path
) -> None:
    folder, result = tmp_path / "work", tmp_path / "found.json"
    asked = ("--resume", folder, "--json", tmp_path / "no such folder" / "found.json")
    broken = backtest(sooner, archive, *asked)  # all is done but for the last step
    assert broken.exit_code != 2
    assert resuming.read(folder / "partition-0.checkpoint") is not None

    other = backtest(CONFIG / "policy.toml", archive, "--resume", folder)
    assert (other.exit_code, "another command" in other.output) == (1, True), other.output

    again = backtest(sooner, archive, "--resume", folder, "--json", result)
    assert again.exit_code == 2, again.output
    assert "going on from" in again.output
    assert list(folder.iterdir()) == []
    assert written(result).header.gate is not None


def test_what_compares_and_what_it_runs_in_processes_cannot_send() -> None:
    code = (
        "import orchestrator.operations.backtest, orchestrator.backtest.process\n"
        "import orchestrator.backtest.report.document, sys\n"
        f"senders = {SENDERS!r}\n"
        "print([m for m in sys.modules if m.startswith(tuple(s + '.' for s in senders)) "
        "or m in senders])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
