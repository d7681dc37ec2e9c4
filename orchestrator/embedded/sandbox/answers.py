"""What a service answers when nothing is wrong with it."""

from urllib.parse import unquote

from aiohttp import web

from orchestrator.embedded.sandbox.bodies import Check
from orchestrator.embedded.sandbox.calls import Call, CallLog


def apply(calls: CallLog, call: Call, raw: bytes, check: Check) -> web.Response:
    """Let a call take effect, once an Idempotency-Key: 200; or say what is wrong with it.

    400 for headers or a body other than documented, 422 for a key used with two bodies.
    """
    wrong = wrong_header(call) or check(raw, call.key)
    if wrong:
        return refuse(call, 400, wrong)
    if not calls.apply(call):
        return refuse(call, 422, "Idempotency-Key: came before with another body")
    call.status = 200
    return web.json_response({"status": "ok", "repeated": call.repeated})


def refuse(call: Call, status: int, reason: str, retry_after: int | None = None) -> web.Response:
    """Refuse a call; `retry_after` in seconds."""
    call.status, call.reason = status, reason
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return web.json_response({"error": reason}, status=status, headers=headers)


def wrong_header(call: Call) -> str | None:
    """Name the header that is missing, or at odds with the body; None if there is none."""
    if not call.key:
        return "Idempotency-Key: missing"
    if not call.tenant_id:
        return "X-Tenant-Id: missing"
    named = call.body.get("tenant_id") if isinstance(call.body, dict) else None
    if named not in (None, call.tenant_id, unquote(call.tenant_id)):
        return "X-Tenant-Id: differs from tenant_id"
    return None
