"""The paper that the plots are drawn on, by day and by night.

A picture is drawn in the light palette, which any viewer shows. A style sheet within it gives each
of these colours another where the reader prefers dark.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from matplotlib.axes import Axes
from matplotlib.figure import Figure

PAPER, INK, NOTE, GRID = "#ffffff", "#1f2328", "#59636e", "#d1d9e0"
FIRST, SECOND, PEER, LIMIT = "#0a6ad8", "#8440d6", "#8c959f", "#c9d1d9"
DARK = {
    PAPER: "#0d1117", INK: "#f0f6fc", NOTE: "#9aa4af", GRID: "#30363d",
    FIRST: "#4c9bff", SECOND: "#b083f5", PEER: "#6e7781", LIMIT: "#3d444d",
}  # fmt: skip
STYLE: Mapping[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "benchmarks",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "sans-serif"],
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": NOTE,
    "axes.edgecolor": GRID,
    "axes.facecolor": PAPER,
    "axes.axisbelow": True,
    "figure.facecolor": PAPER,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.color": NOTE,
    "ytick.color": INK,
}
UNDATED = dict.fromkeys(("Date", "Creator", "Format", "Type"))
"""The same figures give the same file."""
WIDTH_INCH = 8.4


def paper(title: str, note: str, height_inch: float) -> tuple[Figure, Axes]:
    """An empty picture with its title, and a note below it."""
    figure = Figure(figsize=(WIDTH_INCH, height_inch), layout="constrained")
    axes = figure.subplots()
    axes.set_title(f"{title}\n", loc="left", fontsize=12, fontweight="bold")
    axes.text(0, 1.03, note, transform=axes.transAxes, color=NOTE, fontsize=9)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    return figure, axes


def taken_on(saved: Mapping[str, Any]) -> str:
    """The machine and the day of the figures."""
    around = saved["surroundings"]
    return f"{around['processor']}, {around['cores']} cores with all on them, {around['at'][:10]}"


def keep(figure: Figure, path: Path, title: str, description: str) -> None:
    """Write an SVG that can be read aloud, and in the dark."""
    figure.savefig(path, metadata=UNDATED)
    text = path.read_text(encoding="utf-8")
    end_of_tag = text.index(">", text.index("<svg"))
    told = (
        ' role="img" aria-labelledby="title desc">\n'
        f'<title id="title">{escape(title)}</title>\n<desc id="desc">{escape(description)}</desc>\n'
        f"<style>\n{dark_style()}\n</style>\n"
    )
    path.write_text(text[:end_of_tag] + told + text[end_of_tag + 1 :], encoding="utf-8")


def dark_style() -> str:
    """The style sheet that gives each colour of the light palette its dark one."""
    rules = (
        f'[style*="{kind}: {light}"] {{ {kind}: {dark} !important }}'
        for light, dark in DARK.items()
        for kind in ("fill", "stroke")
    )
    return "\n".join(["@media (prefers-color-scheme: dark) {", *rules, "}"])
