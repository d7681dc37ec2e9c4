"""The report: what a comparison comes to, in the order in which somebody decides by it."""

from datetime import datetime, timedelta

from msgspec import Struct

from orchestrator.backtest.report import figures, words
from orchestrator.backtest.report.actions import action_rows
from orchestrator.backtest.report.harms import harms
from orchestrator.backtest.report.hours import hours_pictures
from orchestrator.backtest.report.page import page
from orchestrator.backtest.report.slices import slice_tables
from orchestrator.backtest.report.traces import trace_words
from orchestrator.comparison.summary import Comparison


class Standing(Struct, frozen=True):
    """Where the comparison stands: a word, and how it looks (good, warn or bad)."""

    word: str
    look: str


def html(comparison: Comparison) -> str:
    """The whole report as one HTML file."""
    return page(
        "report.html",
        it=comparison,
        standing=standing(comparison),
        period=period_of(comparison.header.since, comparison.header.until),
        rows=action_rows(comparison),
        harms=harms(comparison),
        pictures=hours_pictures(comparison),
        tables=slice_tables(comparison),
        traces=trace_words(comparison),
        words=words,
        figures=figures,
    )


def standing(comparison: Comparison) -> Standing:
    """The worst that is to be said of it."""
    gate = comparison.header.gate
    if gate is not None and not gate.identical:
        return Standing("Not to be relied on: the base differs from itself", "bad")
    if any(budget.exceeded for budget in comparison.budgets):
        return Standing("Over budget", "bad")
    if comparison.differs:
        return Standing("Differs", "warn")
    return Standing("Nothing differs" if comparison.identical else "Differs as expected", "good")


def period_of(since: datetime | None, until: datetime | None) -> str:
    """The range of event time that was asked for, in words."""
    if since is None and until is None:
        return "all events that there are"
    begins = "the first event" if since is None else figures.day(since)
    # The end is not included: a range that ends at midnight ends the day before, to a reader.
    ends = "the last event" if until is None else figures.day(until - timedelta(microseconds=1))
    return f"{begins} to {ends}"
