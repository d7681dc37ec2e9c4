"""A page that stands alone: its style within, and a policy that lets the browser load nothing."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import Any

from orchestrator.backtest.templates import templates

_PAGES = files("orchestrator.backtest") / "pages"


def page(template: str, **shown: Any) -> str:
    """The template with what it shows. Its style is the one that the browser is let to apply."""
    style = (_PAGES / "page.css").read_text(encoding="utf-8").strip()
    digest = b64encode(sha256(style.encode()).digest()).decode()
    allowed = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    pages = templates()
    pages.filters["share"] = share
    return pages.get_template(template).render(
        style=style,
        allowed=allowed,
        **shown,
    )


def share(part: float, whole: float) -> float:
    """A part in percent of the whole; 0 of nothing."""
    return round(100 * part / whole, 2) if whole else 0.0
