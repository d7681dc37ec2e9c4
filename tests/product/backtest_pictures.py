"""The pictures of docs/backtest.md: `python -m tests.product.backtest_pictures`."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import click
from click.testing import CliRunner

from orchestrator.archive.folder import ArchiveSource
from orchestrator.backtest.explore.edited import edited
from orchestrator.backtest.explore.exploring import Range, explore
from orchestrator.backtest.explore.grid import make_grid
from orchestrator.backtest.explore.parameters import read_parameters
from orchestrator.backtest.report import html
from orchestrator.backtest.report.explored import explored_html
from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.pair import Pair
from orchestrator.comparison.summarising import Reading, summarise
from orchestrator.comparison.summary import (
    Comparison,
    Header,
    PartitionSpan,
    PolicyIdentity,
    Start,
    StartKind,
)
from orchestrator.comparison.tally import Tally
from orchestrator.core.policy_records import PolicyText
from orchestrator.operations.archive import classroom
from tests.product.browser import chromium

DOCS = Path(__file__).resolve().parents[2] / "docs"
AFTER = "breaks.session.after_minutes"
CLASS = ("--learners", "500", "--days", "28", "--events", "300000")


@click.command()
@click.option("--folder", default=DOCS, show_default="docs/", type=click.Path(path_type=Path))
@click.option("--archive", type=click.Path(exists=True, path_type=Path), help="One there is.")
def main(folder: Path, archive: Path | None) -> None:
    """Make backtest-report.png and explore.png anew, of a simulated class's month.

    \b
    Example:
      python -m tests.product.backtest_pictures --folder /tmp
    """
    with _archive(archive) as found:
        source = ArchiveSource(found)
        base = PolicyText(*list(source.policies().values())[-1])
        grid = make_grid(base, read_parameters((f"{AFTER}=15..40:5",), base.policy))
        explored = explore(source, grid, Range(), 2, lambda _done, _total: None)
        sooner = PolicyText(edited(base.policy, {AFTER: Decimal(20)}), base.messages)
        pages = {
            "explore.png": explored_html(explored),
            "backtest-report.png": html(compared(source, base, sooner)),
        }
        asyncio.run(_shoot(pages, folder))


def compared(source: ArchiveSource, base: PolicyText, candidate: PolicyText) -> Comparison:
    """The candidate held against the base over the whole archive, in this process."""
    first, second = (text.load_earlier() for text in (base, candidate))
    tally, coverage = Tally(), Coverage()
    for partition, span in source.spans().items():
        pair = Pair(partition, first, second, Tally(), Coverage())
        for chunk in source.chunks(partition, span):
            pair.feed(chunk.offsets, chunk.keys, chunk.values)
        tally.merge(pair.tally)
        coverage.add(pair.coverage)
    return summarise(tally, coverage, _header(source, base, candidate), Reading(b"a picture's key"))


def _header(source: ArchiveSource, base: PolicyText, candidate: PolicyText) -> Header:
    return Header(
        source="march, a simulated class",
        base=_identity(base),
        candidate=_identity(candidate),
        code_version=source.manifest.code_version,
        start=Start(StartKind.NOTHING, "Both begin with learners of whom nothing is known."),
        offsets=tuple(PartitionSpan(number, *span) for number, span in source.spans().items()),
    )


def _identity(text: PolicyText) -> PolicyIdentity:
    hashes = [sha256(each.encode()).hexdigest() for each in (text.policy, text.messages)]
    return PolicyIdentity(text.load_earlier().version, *hashes)


@contextmanager
def _archive(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "march"
        done = CliRunner().invoke(classroom, ["--to", str(made), *CLASS])
        if done.exit_code:
            raise click.ClickException(done.output)
        yield made


async def _shoot(pages: dict[str, str], folder: Path) -> None:
    async with chromium() as browser:
        for name, text in pages.items():
            context = await browser.new_context(viewport={"width": 1180, "height": 1220})
            page = await context.new_page()
            await page.set_content(text)
            height = 860 if name.startswith("explore") else 1220
            clip = {"x": 0, "y": 0, "width": 1180, "height": height}
            await page.screenshot(path=folder / name, clip=clip)  # type: ignore[arg-type]
            await context.close()


if __name__ == "__main__":
    main()
