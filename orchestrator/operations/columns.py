"""Text for a terminal: columns, and bytes of strangers that must not drive it."""

from collections.abc import Iterator, Sequence

BYTES_A_LINE = 16


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The rows as lines, each column as wide as its longest cell but for the last one."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()


def printable(text: str) -> str:
    """The text with every control character, and whatever else cannot be seen, spelled out."""
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def shortened(text: str, length: int) -> str:
    """At most `length` characters, the last of them an ellipsis if some are left out."""
    return text if len(text) <= length else text[: length - 1] + "…"


def legible(raw: bytes) -> Iterator[str]:
    """Lines of text if that is what the bytes are, else of a hex dump."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return hex_dump(raw)
    lines = text.splitlines()
    if all(line.replace("\t", " ").isprintable() for line in lines):
        return iter(lines)
    return hex_dump(raw)


def hex_dump(raw: bytes) -> Iterator[str]:
    """Sixteen bytes a line: where they stand, in hex, and as ASCII with dots for the rest."""
    for at in range(0, len(raw), BYTES_A_LINE):
        part = raw[at : at + BYTES_A_LINE]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        yield f"{at:08x}  {part.hex(' '):<{BYTES_A_LINE * 3 - 1}}  {text}"


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()
