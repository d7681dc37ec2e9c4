"""GET /openapi.json, on the real server."""

import aiohttp
import faust

from orchestrator.operations.contract import openapi_document
from orchestrator.web.routes import VIEWS
from tests.functional.web.house import House, mounted


async def test_the_document_is_the_one_of_the_code(client: aiohttp.ClientSession) -> None:
    async with client.get("/openapi.json") as response:
        assert response.status == 200
        assert response.content_type == "application/json"
        document = await response.json()
    expected = openapi_document()
    assert document["info"].pop("version") == "1.2.3"
    expected["info"].pop("version")
    assert document == expected


def test_the_views_that_are_mounted_are_the_documents(house: House) -> None:
    app = faust.App("test", env={}, broker="kafka://127.0.0.1:1", store="memory://")
    assert {type(view) for view in mounted(app, house).views.values()} == set(VIEWS)
