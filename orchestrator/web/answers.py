"""The base of the views: what aiohttp is told of their methods, and JSON from a model."""

from collections.abc import Mapping
from typing import ClassVar

from aiohttp import web
from faust.web import View
from pydantic import BaseModel

from orchestrator.web.caller import Scope
from orchestrator.web.operation import Operation


class ApiView(View):
    """A Faust view that has HEAD only where it has GET, so that 405 and Allow come out right."""

    scopes: ClassVar[Mapping[str, Scope | None]] = {}
    """What each method asks of a caller with a token ("GET"; HEAD goes with it); None: nothing.

    A method that is not named is closed to all of them.
    """

    operations: ClassVar[Mapping[str, Operation]] = {}
    """What each method ("GET"; HEAD goes with it) takes and answers, for /openapi.json."""

    def get_methods(self) -> set[str]:
        """The methods that the view implements, upper-case."""
        methods: set[str] = super().get_methods()
        return methods if "GET" in methods else methods - {"HEAD"}


def answer(
    model: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """The model as a JSON response."""
    return web.Response(
        status=status,
        body=model.model_dump_json().encode(),
        content_type="application/json",
        headers=headers,
    )
