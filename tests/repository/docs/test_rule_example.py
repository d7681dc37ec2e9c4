"""The README's ten lines for a new rule are complete: added to a copy of the core, they decide."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository.docs.pages import README, ROOT, blocks

CASES = '''
import json
from datetime import UTC, datetime
from pathlib import Path

from orchestrator.core.decide import Position, decide
from orchestrator.core.event_codec import event_from
from orchestrator.core.levels import Level
from orchestrator.core.policy import load_policy
from orchestrator.core.state import new_learner

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
CONFIG = Path(__file__).parent / "config"
POLICY = load_policy(*((CONFIG / name).read_text() for name in ("policy.toml", "messages.en.toml")))


def rules(score):
    """The rules that fire on an assessment that follows two of a middling score."""
    state = new_learner(Level.MODERATE)
    for number, each in enumerate([0.5, 0.5, score]):
        event = event_from({
            "id": f"e{number}", "type": "ASSESSMENT_COMPLETE", "tenant_id": "t",
            "learner_id": "l", "timestamp": NOW, "received_at": NOW, "data": {"score": each},
        })
        decision = decide(state, event, Position(0, number), POLICY)
        state = decision.state
    return [action.rule for action in decision.actions]


print(json.dumps([rules(score) for score in (0.97, 0.98, 0.99)]))
'''


def changes(diff: str) -> dict[str, list[tuple[str, str]]]:
    """By file: what stands there, and what is to stand there instead."""
    found: dict[str, list[tuple[str, str]]] = {}
    for part in re.split(r"^--- ", diff, flags=re.MULTILINE)[1:]:
        name, _, body = part.partition("\n")
        hunks = re.split(r"^@@.*\n", body, flags=re.MULTILINE)[1:]
        found[name] = [(side(hunk, " "), side(hunk, " +")) for hunk in hunks]
    return found


def side(hunk: str, signs: str) -> str:
    """The lines of a hunk that bear one of the signs; an empty line is one that stays."""
    lines = [line or " " for line in hunk.splitlines()]
    return "".join(f"{line[1:]}\n" for line in lines if line[0] in signs)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The core and the policy, with the README's lines added."""
    for folder in ("orchestrator/core", "config"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for name in ("__init__.py", "errors.py"):
        shutil.copy(ROOT / "orchestrator" / name, tmp_path / "orchestrator" / name)
    (diff,) = blocks(README, "diff")
    for name, hunks in changes(diff).items():
        text = (tmp_path / name).read_text(encoding="utf-8")
        for before, after in hunks:
            assert text.count(before) == 1, f"{name} does not hold this once:\n{before}"
            text = text.replace(before, after)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_it_is_ten_lines() -> None:
    (diff,) = blocks(README, "diff")
    assert len(re.findall(r"^\+.+$", diff, re.MULTILINE)) == 10


def test_the_rule_fires_from_its_number_on(copy: Path) -> None:
    cases = copy / "cases.py"
    cases.write_text(CASES, encoding="utf-8")
    done = subprocess.run([sys.executable, cases], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert json.loads(done.stdout) == [[], ["level.up.perfect"], ["level.up.perfect"]]
