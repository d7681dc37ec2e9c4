"""The report and the explorer's page in a real browser: on a phone, dark and light."""

from typing import Literal

from playwright.async_api import ConsoleMessage, Page

from orchestrator.backtest.report import html
from orchestrator.backtest.report.explored import explored_html
from tests.comparison_example import example_comparison
from tests.product.browser import chromium, needs_chromium
from tests.product.contrast import faint_texts
from tests.unit.backtest.explore.test_explored_page import ONE, TWO

pytestmark = needs_chromium

PAGES = {
    "report": html(example_comparison()),
    "one parameter": explored_html(ONE),
    "two parameters": explored_html(TWO),
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


class Said:
    """What the browser has to say of a page: of what it was not let to do, too."""

    def __init__(self, page: Page) -> None:
        self.lines: list[str] = []
        page.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        self.lines.append(message.text)


async def test_pages_fit_a_phone_can_be_read_and_are_let_to_load_nothing() -> None:
    async with chromium() as browser:
        for name, text in PAGES.items():
            for scheme in SCHEMES:
                page = await browser.new_page(
                    viewport={"width": 375, "height": 800}, color_scheme=scheme
                )
                said = Said(page)
                await page.set_content(text)
                wide = await page.evaluate("document.documentElement.scrollWidth")
                assert (name, scheme, wide) == (name, scheme, 375)
                assert await faint_texts(page) == [], (name, scheme)
                assert said.lines == []
                await page.close()
