"""GET /docs: the contract for a reader."""

from collections.abc import Mapping
from typing import Any, ClassVar

from aiohttp import web

from orchestrator.web.answers import ApiView
from orchestrator.web.docs_page.page import page_of
from orchestrator.web.html import html_answer
from orchestrator.web.operation import HTML, Answer, Operation


class DocsView(ApiView):
    """GET /docs: like the document it holds no learner's data, and is open to everybody."""

    view_name = "docs"
    view_path = "/docs"
    scopes: ClassVar = {"GET": None}
    operations: ClassVar = {
        "GET": Operation(
            "This document as a page",
            "contract",
            {200: Answer("A page that fetches nothing.", content_type=HTML)},
        )
    }

    def __init__(self, *where: Any, document: Mapping[str, Any]) -> None:
        super().__init__(*where)
        self._page = page_of(document)

    async def get(self, _request: web.Request) -> web.Response:
        """The page."""
        return html_answer(self._page)
