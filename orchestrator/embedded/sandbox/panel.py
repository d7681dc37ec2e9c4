"""The sandbox's own routes: what came, and how the services are to behave."""

from aiohttp import web
from pydantic import ValidationError

from orchestrator.embedded.sandbox.calls import REMEMBERED, CallLog
from orchestrator.embedded.sandbox.faults import Fault, FaultBoard, Service
from orchestrator.embedded.sandbox.page import page

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
PAGE_HEADERS = {"Content-Security-Policy": POLICY}


class Panel:
    """GET /, GET and DELETE /calls, GET and PUT /faults."""

    def __init__(self, calls: CallLog, faults: FaultBoard) -> None:
        self._calls = calls
        self._faults = faults

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get("/", self._show_page)
        router.add_get("/calls", self._show_calls)
        router.add_delete("/calls", self._forget_calls)
        router.add_get("/faults", self._show_faults)
        router.add_put("/faults", self._put_fault)

    async def _show_page(self, request: web.Request) -> web.Response:
        text = page(self._calls, reloading="reload" in request.query)
        return web.Response(text=text, content_type="text/html", headers=PAGE_HEADERS)

    async def _show_calls(self, request: web.Request) -> web.Response:
        limit = request.query.get("limit", "100")
        if not limit.isdecimal() or not 1 <= int(limit) <= REMEMBERED:
            return _bad_request(f"limit must be a number from 1 to {REMEMBERED}")
        learner, key = request.query.get("learner_id", ""), request.query.get("key", "")
        found = self._calls.newest(learner, key, int(limit))
        return web.json_response(
            {
                "calls": [call.as_json(self._calls.times(call.key)) for call in found],
                "received": self._calls.received,
                "applied": self._calls.applied,
            }
        )

    async def _forget_calls(self, _: web.Request) -> web.Response:
        self._calls.clear()
        return web.Response(status=204)

    async def _show_faults(self, _: web.Request) -> web.Response:
        shown = [self._faults.in_force(service).model_dump(mode="json") for service in Service]
        return web.json_response({"faults": shown})

    async def _put_fault(self, request: web.Request) -> web.Response:
        try:
            fault = Fault.model_validate_json(await request.read())
        except ValidationError as error:
            return _bad_request(str(error))
        self._faults.put(fault)
        return web.json_response(fault.model_dump(mode="json"))


def _bad_request(reason: str) -> web.Response:
    return web.json_response({"error": reason}, status=400)
