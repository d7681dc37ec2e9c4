"""GET /docs: all of the contract on one page that fetches and runs nothing."""

import re
import shlex
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import aiohttp
import pytest

from orchestrator.operations.contract import openapi_document
from orchestrator.web.docs_page.calls import curl
from orchestrator.web.docs_page.page import page_of

DOCUMENT = openapi_document()
OPERATIONS = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
VOID = {"meta"}


class Outline(HTMLParser):
    """What the page has: its ids, where its links lead, its elements."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def outline() -> Outline:
    found = Outline()
    found.feed(page_of(DOCUMENT).body.decode())
    assert found.open == []
    return found


def test_every_operation_and_every_schema_has_its_place(outline: Outline) -> None:
    assert len(outline.ids) == len(set(outline.ids))
    operations = {operation["operationId"] for _, _, operation in OPERATIONS}
    schemas = {f"schema-{name}" for name in DOCUMENT["components"]["schemas"]}
    assert operations | schemas <= set(outline.ids)


def test_every_link_leads_somewhere_on_the_page_or_here(outline: Outline) -> None:
    for link in outline.links:
        assert link in {"/", "/openapi.json"} or link.removeprefix("#") in outline.ids


def test_nothing_is_run_and_nothing_is_fetched(outline: Outline) -> None:
    assert not outline.names & {"script", "img", "link", "iframe", "form", "input", "base"}
    assert not [name for name in outline.attributes if name.startswith("on") or name == "style"]


async def test_the_browser_is_told_so(client: aiohttp.ClientSession) -> None:
    async with client.get("/docs") as response:
        assert response.status == 200
        assert response.content_type == "text/html"
        text, policy = await response.text(), response.headers["Content-Security-Policy"]
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")
    assert "url(" not in style
    assert "@import" not in style


def test_words_of_the_document_are_words_and_never_markup() -> None:
    hostile = '<script>alert(1)</script> "quoted" & `<b>`'
    document = {
        **DOCUMENT,
        "info": {"title": hostile, "version": "1", "description": hostile},
        "components": {
            **DOCUMENT["components"],
            "schemas": {"Odd": {"type": "string", "description": hostile, "pattern": hostile}},
        },
    }
    text = page_of(document).body.decode()
    assert "<script" not in text
    assert "<b>" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_operation_has_a_call_that_can_be_typed(
    path: str, method: str, operation: dict[str, object]
) -> None:
    words = shlex.split(curl(method, path, operation).replace("\\\n", ""))
    assert words[:2] == ["curl", "-s"]
    (url,) = [word for word in words if word.startswith("http://localhost:8080/")]
    assert "{" not in url
    assert ("-X" in words) == (method != "get")
