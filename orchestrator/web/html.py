"""A page as it is sent: its bytes, and what the browser is told about them."""

from base64 import b64encode
from hashlib import sha256
from typing import NamedTuple

from aiohttp import web

from orchestrator.web.operation import HTML


class Document(NamedTuple):
    """A page's bytes, and the Content-Security-Policy that is sent with them."""

    body: bytes
    policy: str


def source_of(text: str) -> str:
    """How a policy names a style or script that stands in the page: by its hash."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def html_answer(document: Document) -> web.Response:
    """The page, the same for everybody; no other page learns of it, or holds it."""
    return web.Response(
        body=document.body,
        content_type=HTML,
        charset="utf-8",
        headers={
            "Content-Security-Policy": document.policy,
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
        },
    )
