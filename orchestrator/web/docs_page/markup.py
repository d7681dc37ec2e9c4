"""HTML from parts: whatever is text is escaped here, and nowhere is markup made of a text."""

import re
from collections.abc import Iterable
from html import escape


class Markup(str):
    """HTML that may stand in a page as it is."""

    __slots__ = ()


def text(words: object) -> Markup:
    """Words as they are."""
    return Markup(escape(str(words)))


def prose(words: str) -> Markup:
    """Words in which `backticks` mark code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words)))


def tag(name: str, *parts: str, **attributes: str) -> Markup:
    """An element. Parts that are no Markup are escaped; `class_` is written without its end."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
    )
    return Markup(f"<{name}{said}>{joined(parts)}</{name}>")


def joined(parts: Iterable[str]) -> Markup:
    """Parts one after another."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))
