"""GET /: the operator page. It is a shell; its data come by the routes, with their access."""

from typing import Any, ClassVar

from aiohttp import web

from orchestrator.web.answers import ApiView
from orchestrator.web.html import html_answer
from orchestrator.web.operation import HTML, Answer, Operation
from orchestrator.web.page.document import read_document


class PageView(ApiView):
    """GET /."""

    view_name = "page"
    view_path = "/"
    scopes: ClassVar = {"GET": None}
    operations: ClassVar = {
        "GET": Operation(
            "The operator page",
            "operations",
            {200: Answer("A page that asks the other addresses by itself.", content_type=HTML)},
        )
    }

    def __init__(self, *where: Any) -> None:
        super().__init__(*where)
        self._document = read_document()

    async def get(self, _request: web.Request) -> web.Response:
        """The page, the same for everybody."""
        return html_answer(self._document)
