"""The templates of a report: what is put in is escaped, and what is missing is an error."""

from jinja2 import Environment, PackageLoader, StrictUndefined


def templates() -> Environment:
    """The templates beside this file."""
    return Environment(
        loader=PackageLoader("orchestrator.backtest", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
