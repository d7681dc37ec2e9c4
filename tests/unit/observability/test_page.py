"""docs/metrics.md is what the table says."""

from pathlib import Path

from click.testing import CliRunner

from orchestrator.observability.metrics import rows
from orchestrator.observability.page import main, page

COMMITTED = Path(__file__).parents[3] / "docs" / "metrics.md"


def test_the_committed_page_is_that_of_the_table() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == page(), f"make it anew: {main.epilog}"


def test_it_has_a_section_for_each_metric_and_a_line_for_each_label() -> None:
    for row in rows().values():
        section = page().split(f"\n## {row.name}\n")[1].split("\n## ")[0]
        assert row.meaning in section
        assert section.count("\n- `") == len(row.labels)
        assert ("cluster.*" in section) is row.of_cluster


def test_the_command_writes_it(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, [str(tmp_path / "metrics.md")])
    assert result.exit_code == 0
    assert (tmp_path / "metrics.md").read_text(encoding="utf-8") == page()
