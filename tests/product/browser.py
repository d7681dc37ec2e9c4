"""A real browser in front of the operator page, and what is to be true of any page in it."""

import re
import shutil
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Page, async_playwright

CHROMIUM = shutil.which("chromium")

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="NO CHROMIUM HERE: THE OPERATOR PAGE IS NOT TESTED IN A BROWSER"
)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser with nobody's profile, in a zone that is not UTC."""
    async with async_playwright() as playwright:
        with warnings.catch_warnings():
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


class Look:
    """One look at a page. `faults`: what the browser complained of; `asked`: each address."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.origin = origin
        self.faults: list[str] = []
        self.asked: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._heard)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("dialog", lambda dialog: self.faults.append(f"dialog: {dialog.message}"))

    def _heard(self, message: Any) -> None:
        # The browser itself says so of each answer that is no 200; the page tells it in words.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(message.text)

    @property
    def elsewhere(self) -> list[str]:
        """What was asked of other places."""
        own = (f"{self.origin}/", "data:")
        return [url for url in self.asked if not url.startswith(own)]

    async def text(self, selector: str) -> str:
        """The words in an element, as they are seen."""
        return await self.page.locator(selector).inner_text()

    async def shows(self, selector: str, words: str, within: float = 10.0) -> None:
        """Wait until an element with these words is seen; "Healthy" is not in "Unhealthy"."""
        # A text would be looked for in any case, an expression is not.
        exact = re.compile(re.escape(words))
        found = self.page.locator(selector).filter(has_text=exact).first
        await found.wait_for(timeout=within * 1000)


@asynccontextmanager
async def look(
    browser: Browser,
    url: str,
    *,
    scheme: Literal["light", "dark"] = "light",
    width: int = 1360,
    height: int = 900,
    **options: Any,
) -> AsyncIterator[Look]:
    """The page at `url`, open. At the end: no complaint, and nobody else was asked for anything."""
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        timezone_id="Europe/Berlin",
        **options,
    )
    try:
        found = Look(await context.new_page(), url)
        await found.page.goto(f"{url}/")
        yield found
        assert found.faults == []
        assert found.elsewhere == []
    finally:
        await context.close()
