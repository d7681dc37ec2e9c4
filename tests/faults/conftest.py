"""What each fault test showed, as a table at the end of the run.

    @pytest.mark.fault(4)
    async def test_...(fault_report: FaultReport) -> None:
        ...
        fault_report.tell(findings, kills=1)

`make faults` runs all of them, and fails if a fault of the catalogue has no test. `make test`
leaves out those that are also marked `long`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults.catalogue import FAULTS
from tests.product.oracle import Findings

TABLE = pytest.StashKey[dict[int, list["Row"]]]()
COLUMNS = ("events", "kills", "redelivered", "missing", "wrong")


class Row(NamedTuple):
    """One test's line: whether it passed, how long it took, and what it told."""

    test: str
    passed: bool
    seconds: float
    figures: Mapping[str, int]


class FaultReport:
    """What a test tells of its run; what it does not tell is left empty in the table."""

    def __init__(self) -> None:
        self.figures: dict[str, int] = {}

    def tell(self, findings: Findings | None = None, **figures: int) -> None:
        """Figures of COLUMNS: from the oracle, and others by name.

        `redelivered`: actions written more than once (with the same id); `missing`: inputs,
        decisions, actions and ends that are not there; `wrong`: all else that the oracle counts.
        """
        unknown = set(figures) - set(COLUMNS)
        assert not unknown, f"no columns of the table: {unknown}"
        if findings is not None:
            missing = (
                findings.lost_inputs
                + findings.undecided
                + findings.missing_actions
                + findings.without_outcome
                + findings.undelivered
            )
            self.figures |= {
                "events": findings.events,
                "redelivered": findings.repeated_actions,
                "missing": missing,
                "wrong": sum(findings.faults().values()) - missing,
            }
        self.figures |= figures


@pytest.fixture
def fault_report(request: pytest.FixtureRequest) -> FaultReport:
    """See FaultReport."""
    report = FaultReport()
    request.node.stash[REPORT] = report
    return report


REPORT = pytest.StashKey[FaultReport]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-faults", action="store_true", help="fail if a fault has no test")
    parser.addoption("--faults-table", type=Path, help="write the table as Markdown to this file")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(number): a fault of tests/faults/catalogue.py")
    table: dict[int, list[Row]] = defaultdict(list)
    config.stash[TABLE] = table


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    told = {mark.args[0] for item in items for mark in item.iter_markers("fault")}
    if unknown := told - set(FAULTS):
        raise pytest.UsageError(f"no faults of the catalogue: {sorted(unknown)}")
    if config.getoption("--all-faults", default=False) and (untested := set(FAULTS) - told):
        raise pytest.UsageError(f"no test has the faults {sorted(untested)}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[None]:  # the hook's result passes through
    result = yield
    mark = item.get_closest_marker("fault")
    if mark is not None and call.when == "call":
        report = item.stash.get(REPORT, FaultReport())
        row = Row(item.name, call.excinfo is None, call.duration, report.figures)
        item.config.stash[TABLE][mark.args[0]].append(row)
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    config = terminalreporter.config
    table = config.stash[TABLE]
    if not table:
        return
    terminalreporter.section("faults")
    for line in _lines(table):
        terminalreporter.write_line(line)
    if path := config.getoption("--faults-table", default=None):
        path.write_text("\n".join(_lines(table)) + "\n")


def _lines(table: Mapping[int, list[Row]]) -> list[str]:
    """The table in Markdown, a line a test."""
    head = ["", "fault", "shown by", *COLUMNS, "s", ""]
    lines = [_line(head), _line(["---"] * len(head))]
    for number in sorted(table):
        for row in table[number]:
            figures = [str(row.figures.get(column, "")) for column in COLUMNS]
            verdict = "held" if row.passed else "FAILED"
            shown = row.test.removeprefix("test_").replace("_", " ")
            cells = [str(number), FAULTS[number], shown, *figures, f"{row.seconds:.0f}", verdict]
            lines.append(_line(cells))
    return lines


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
