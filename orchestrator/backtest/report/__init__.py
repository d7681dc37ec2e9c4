"""A comparison as one HTML file: no script, nothing from elsewhere, for screen and paper."""

from orchestrator.backtest.report.document import html

__all__ = ["html"]
