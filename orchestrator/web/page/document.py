"""The page as it is sent: one document that fetches nothing but this worker's own answers.

Styles and script stand in it, and the browser is told their hashes: whatever else might get into
the page is not run, and no address but this one is asked.
"""

from pathlib import Path

from orchestrator.web.html import Document, source_of

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
    "trials.js",
    "why.js",
    "learner.js",
    "main.js",
)
"""In this order they are one script: what is named in one is known in those after it."""


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
            f"script-src {source_of(script)}",
            f"style-src {source_of(style)}",
            "img-src data:",  # the icon, which stands in the page
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",  # no text can become markup
            "trusted-types 'none'",
        )
    )
