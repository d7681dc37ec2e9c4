"""The pictures of docs/backtest.md, made by its own commands."""

import asyncio
import os
import tempfile
from pathlib import Path

import click
from click.testing import CliRunner

from orchestrator.cli import main as orchestrator
from tests.product.browser import chromium

ROOT = Path(__file__).resolve().parents[2]
AFTER = "breaks.session.after_minutes"
CLASS = ("--learners", "500", "--days", "28", "--events", "300000")
HEIGHTS = {"explore": 860, "backtest-report": 1220}
DIFFERS = 2


@click.command()
@click.option(
    "--folder", default=ROOT / "docs", show_default="docs/", type=click.Path(path_type=Path)
)
def main(folder: Path) -> None:
    """Make backtest-report.png and explore.png anew, of a simulated class's month.

    \b
    Example:
      python -m tests.product.backtest_pictures --folder /tmp
    """
    folder = folder.resolve()
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        policy = (ROOT / "config" / "policy.toml").read_text(encoding="utf-8")
        sooner = policy.replace("after_minutes = 25", "after_minutes = 20")
        Path("candidate.toml").write_text(sooner, encoding="utf-8")
        _run("archive", "classroom", "--to", "march", *CLASS)
        _run("explore", "--archive", "march", "--html", "explore.html", f"{AFTER}=15..40:5")
        report = ("--candidate", "candidate.toml", "--html", "backtest-report.html")
        _run("backtest", "--archive", "march", *report, code=DIFFERS)
        asyncio.run(_shoot(Path(place), folder))


def _run(*words: str, code: int = 0) -> None:
    done = CliRunner().invoke(orchestrator, words)
    if done.exit_code != code:
        raise click.ClickException(done.output)


async def _shoot(pages: Path, folder: Path) -> None:
    async with chromium() as browser:
        for name, height in HEIGHTS.items():
            context = await browser.new_context(viewport={"width": 1180, "height": 1220})
            page = await context.new_page()
            await page.goto((pages / f"{name}.html").as_uri())
            clip = {"x": 0, "y": 0, "width": 1180, "height": height}
            await page.screenshot(path=folder / f"{name}.png", clip=clip)  # type: ignore[arg-type]
            await context.close()


if __name__ == "__main__":
    main()
