"""The operator page in a browser, in front of a server that asks for tokens."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from orchestrator.api_tokens import new_token
from orchestrator.scope import Scope
from tests.functional.web.house import House, served
from tests.product.browser import chromium, look, needs_chromium

pytestmark = needs_chromium

ASKED = "This worker shows its figures to those who have a token"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


async def test_the_page_asks_for_a_token_keeps_it_for_the_tab_and_says_what_it_lacks(
    house: House, browser: Browser
) -> None:
    secret, token = new_token("reader", [Scope.READ], None)
    house.api_tokens = (token,)
    async with served(house), look(browser, house.url) as it:
        await it.shows("#token-why", ASKED)
        await it.shows("#part-kafka", "Healthy")  # that is open to everybody
        assert await it.page.evaluate("document.activeElement.id") == "token"
        assert "200" not in await it.text("#figures") + await it.text("#actions")

        await it.page.locator("#token").fill("aivo_wrong")
        await it.page.locator("#token").press("Enter")
        await it.shows("#token-why", "does not know this token")

        await it.page.locator("#token").fill(secret)
        await it.page.locator("#token").press("Enter")
        await it.shows("#figures", "Active learners")
        await it.shows("#dead", "Your token may not see this. This needs a token with the scope")
        assert await it.page.locator("#token-form").is_hidden()
        assert secret not in await it.page.content()

        await it.page.reload()
        await it.shows("#figures", "Active learners")
        assert await it.page.evaluate("localStorage.length") == 0
        assert secret not in " ".join(it.asked)

        await it.page.get_by_role("button", name="Token").click()
        await it.page.get_by_role("button", name="Forget it").click()
        await it.shows("#token-why", ASKED)
        assert await it.page.evaluate("sessionStorage.length") == 0
        await it.shows("#line-events", "An access token is needed")


async def test_a_token_that_is_bound_to_a_tenant_sees_its_own_and_is_told_of_the_rest(
    house: House, browser: Browser
) -> None:
    secret, token = new_token("oak", [Scope.READ, Scope.ADMIN], "oak-school")
    house.api_tokens = (token,)
    async with served(house), look(browser, house.url) as it:
        await it.page.locator("#token").fill(secret)
        await it.page.locator("#token").press("Enter")
        await it.shows("#lanes", "this token is bound to one")
        await it.shows("#books", "this token is bound to one")
        await it.shows("#dead", "None")
