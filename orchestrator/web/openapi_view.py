"""GET /openapi.json: what all views say of themselves."""

from typing import Any, ClassVar

import msgspec
from aiohttp import web

from orchestrator.web.answers import ApiView
from orchestrator.web.operation import Answer, Operation

CONTRACT = "contract"


class OpenApiView(ApiView):
    """GET /openapi.json: it holds no learner's data, and is open to everybody."""

    view_name = "openapi"
    view_path = "/openapi.json"
    scopes: ClassVar = {"GET": None}
    operations: ClassVar = {
        "GET": Operation(
            "This document",
            CONTRACT,
            {200: Answer("OpenAPI 3.1.", dict[str, Any])},
        )
    }

    def __init__(self, *where: Any, document: dict[str, Any]) -> None:
        super().__init__(*where)
        self._body = as_json(document)

    async def get(self, _request: web.Request) -> web.Response:
        """The document."""
        return web.Response(body=self._body, content_type="application/json")


def as_json(document: dict[str, Any]) -> bytes:
    """The document as it is committed and answered: JSON over many lines, ended by a newline."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
