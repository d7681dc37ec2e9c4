"""GET / and GET /overview, on the real server."""

import base64
import hashlib
import re

import aiohttp
import pytest

from orchestrator.web.page.document import FOLDER, SCRIPTS


@pytest.fixture
async def page(client: aiohttp.ClientSession) -> tuple[str, str]:
    """Its text, and its content security policy."""
    async with client.get("/") as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        return await response.text(), response.headers["Content-Security-Policy"]


async def test_the_policy_lets_run_what_stands_in_the_page_and_nothing_else(
    page: tuple[str, str],
) -> None:
    text, policy = page
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    for element, rule in (("script", "script-src"), ("style", "style-src")):
        (content,) = re.findall(rf"<{element}>(.*?)</{element}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'self'"
    assert rules["require-trusted-types-for"] == "'script'"


async def test_the_page_names_no_other_place_and_has_no_handlers_or_styles_in_its_markup(
    page: tuple[str, str],
) -> None:
    text, _ = page
    assert set(re.findall(r"https?://[^\s\"'`)]+", text)) == {"http://www.w3.org/2000/svg"}
    markup = re.sub(r"<(script|style)>.*?</\1>", "", text, flags=re.DOTALL)
    assert re.findall(r"\s(?:on\w+|style|src)=", markup) == []


def test_all_scripts_are_in_the_page_and_none_makes_markup_of_text() -> None:
    assert sorted(SCRIPTS) == sorted(path.name for path in FOLDER.glob("*.js"))
    for name in SCRIPTS:
        script = (FOLDER / name).read_text(encoding="utf-8")
        assert (
            re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", script) == []
        )


async def test_the_overview_is_answered_and_takes_no_parameters(
    client: aiohttp.ClientSession,
) -> None:
    async with client.get("/overview") as response:
        assert response.status == 200
        assert (await response.json())["workers"] == 2
    async with client.get("/overview?tenant_id=x") as response:
        assert response.status == 422
