"""The pictures of the operator page that stand in docs/: `python -m tests.product.pictures`."""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

import click
from playwright.async_api import Browser

from orchestrator.clock import SystemClock
from orchestrator.embedded.classroom import Classroom, publish
from tests.product.browser import Look, chromium, look
from tests.product.house import House

DOCS = Path(__file__).resolve().parents[2] / "docs"
SECONDS = 45.0
LEARNERS = 30
EVENTS_PER_S = 6.0


@click.command()
@click.option("--folder", default=DOCS, show_default="docs/", type=click.Path(path_type=Path))
@click.option(
    "--seconds", default=SECONDS, show_default=True, help="How long to let it run before."
)
def main(folder: Path, seconds: float) -> None:
    """Make the pictures of the operator page anew, on servers of their own.

    \b
    Example:
      python -m tests.product.pictures --folder /tmp --seconds 10
    """
    asyncio.run(make(folder, seconds))


async def make(folder: Path, seconds: float) -> None:
    """page-light.png, page-dark.png and page-learner.png."""
    with tempfile.TemporaryDirectory() as data:
        async with House(Path(data)) as house, chromium() as browser:
            worker = house.new_worker()
            await asyncio.to_thread(worker.start)
            clock = SystemClock()
            learners = Classroom(LEARNERS, "pictures", clock.now() - timedelta(minutes=1))
            task = asyncio.create_task(publish(house.valkey.url, learners, EVENTS_PER_S, clock))
            await _shoot(browser, worker.url, folder, seconds)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _shoot(browser: Browser, url: str, folder: Path, seconds: float) -> None:
    async with look(browser, url) as light, look(browser, url, scheme="dark") as dark:
        await asyncio.sleep(seconds)
        for name, each in (("light", light), ("dark", dark)):
            await each.page.screenshot(path=folder / f"page-{name}.png")
        await _learner(light)
        await light.page.screenshot(path=folder / "page-learner.png")


async def _learner(it: Look) -> None:
    await it.page.get_by_role("button", name="Break", exact=True).click()
    await it.page.locator("#recent .person").first.click()
    await it.shows("#next-break", "Not before")
    await it.page.emulate_media(reduced_motion="reduce")  # or it is still scrolling
    await it.page.evaluate("location.hash = 'learners'")
    await it.shows("#last-break", "Break")


if __name__ == "__main__":
    main()
