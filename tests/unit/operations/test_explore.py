"""`orchestrator explore` over an archive: the whole way, in processes of its own."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orchestrator.archive.folder import ArchiveSource
from orchestrator.cli import main
from orchestrator.core.actions import ActionType
from orchestrator.core.fold import Batch, fold
from orchestrator.core.policy import load_policy
from tests.unit.backtest.explore.lessons import Record
from tests.unit.core.samples import MESSAGES_TOML, POLICY_TOML, START


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explore") / "week"
    made = run("archive", "classroom", "--to", str(folder), "--learners", "20", "--days", "7",
               "--events", "3000", "--partitions", "2", "--workers", "1")  # fmt: skip
    assert made.exit_code == 0, made.output
    return folder


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def breaks_after(minutes: int, archive: Path) -> int:
    """By core/fold.py, under a policy with this number in it."""
    text = POLICY_TOML.replace("after_minutes = 25", f"after_minutes = {minutes}")
    policy = load_policy(text, MESSAGES_TOML)
    source, found = ArchiveSource(archive), 0
    for partition, span in source.spans().items():
        records = [
            Record(*record)
            for chunk in source.chunks(partition, span)
            for record in zip(chunk.keys, chunk.values, chunk.offsets, strict=True)
            if record[0] != b"policy"
        ]
        batch = Batch("events", partition, {policy.version: policy}, policy.version, START)
        actions = fold(batch, records, {}).actions
        found += sum(action.type is ActionType.GAME_BREAK for _, action in actions)
    return found


def test_it_draws_writes_and_says_what_other_values_would_have_given(
    archive: Path, tmp_path: Path
) -> None:
    html, figures = tmp_path / "explore.html", tmp_path / "explore.json"
    done = run("explore", "--archive", str(archive), "--html", str(html), "--json", str(figures),
               "--workers", "2", "break.session.minutes=20,30")  # fmt: skip
    assert done.exit_code == 0, done.output
    found = json.loads(figures.read_text())
    given = {
        point["values"][0]: each["actions"]
        for point in (*found["points"], found["present"])
        for each in point["given"]
        if each["type"] == "GAME_BREAK"
    }
    assert given == {minutes: breaks_after(minutes, archive) for minutes in (20, 25, 30)}
    assert len(set(given.values())) == 3
    assert "A break after 20 to 30 minutes of learning instead of 25 minutes." in done.output
    assert "Threshold explorer" in html.read_text()


def test_a_range_of_time_and_a_tenant_count_less(archive: Path, tmp_path: Path) -> None:
    figures = tmp_path / "explore.json"
    done = run("explore", "--archive", str(archive), "--json", str(figures), "--workers", "1",
               "--from", "2026-03-04", "--to", "2026-03-05", "--warm-up", "2d",
               "--tenant", "hill-school", "level.up.streak=3,5")  # fmt: skip
    assert done.exit_code == 0, done.output
    found = json.loads(figures.read_text())
    assert 0 < found["learner_days"] == found["learners"] < 20
    assert 0 < found["events"] < 600


@pytest.mark.parametrize(
    ("parameter", "why"),
    [
        ("break.sesion.minutes=20,30", "Near: break.session.minutes"),
        ("level.up.performance=0.1,0.2", "must be above down.performance"),
        ("breaks.session.after_minutes=twenty", "neither a range like 20..40:5"),
    ],
)
def test_what_cannot_be_explored_is_said_in_a_sentence(
    archive: Path, parameter: str, why: str
) -> None:
    refused = run("explore", "--archive", str(archive), parameter)
    assert refused.exit_code == 1
    assert why in refused.output
