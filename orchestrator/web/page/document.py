"""The page as it is sent: one document that fetches nothing but this worker's own answers.

Styles and script stand in it, and the browser is told their hashes: whatever else might get into
the page is not run, and no address but this one is asked.
"""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent

SCRIPTS = (
    "dom.js",
    "words.js",
    "parts.js",
    "asking.js",
    "lines.js",
    "health.js",
    "work.js",
    "books.js",
    "why.js",
    "learner.js",
    "main.js",
)
"""In this order they are one script: what is named in one is known in those after it."""


class Document(NamedTuple):
    """The page's bytes, and the policy that is sent with them."""

    body: bytes
    policy: str


def read_document() -> Document:
    """The page, put together from its files."""
    style = _read("page.css")
    script = "\n".join(map(_read, SCRIPTS))
    text = _read("page.html").replace("{style}", style, 1).replace("{script}", script, 1)
    return Document(text.encode(), _policy(style, script))


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src data:",  # the icon, which stands in the page
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",  # no text can become markup
            "trusted-types 'none'",
        )
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
