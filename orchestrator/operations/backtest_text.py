"""What `orchestrator backtest` says on the terminal: the verdict, and a line a type of action."""

from collections.abc import Iterator

from orchestrator.comparison.summary import Comparison, Denominators
from orchestrator.core.decide import DecisionOutcome
from orchestrator.operations.columns import columns

HEADINGS = ("action", "base", "candidate", "same", "changed", "lost", "added", "moved", "learners")


def as_lines(comparison: Comparison) -> Iterator[str]:
    """The lines."""
    header, looked_at = comparison.header, comparison.denominators
    yield comparison.verdict
    yield ""
    rows = [
        (
            row.type.value,
            *(f"{getattr(row, name):,}" for name in HEADINGS[1:-1]),
            f"{row.learners_differing:,}",
        )
        for row in comparison.actions
    ]
    yield from columns([HEADINGS, *rows])
    yield ""
    yield f"base {header.base.version}, candidate {header.candidate.version}; {header.source}"
    yield f"{looked_at.evaluated:,} of {looked_at.read:,} records evaluated; {_left_out(looked_at)}"
    yield header.start.text
    if header.gate is not None:
        yield header.gate.text
    harms = comparison.harms
    yield (
        f"harms: {harms.learners_losing_interventions:,} learners lose an intervention, "
        f"{harms.learners_newly_over:,} get more than {harms.breaks_a_day} breaks on a day, "
        f"{harms.learners_two_levels_below:,} fall two levels or more below"
    )
    for one in comparison.ignored:
        taken = sum(e.changed + e.lost + e.added + e.moved for e in one.counts)
        yield f"ignored: {taken:,} by {one.name} ({one.why}), until {one.until}"
    for verdict in comparison.budgets:
        word = "EXCEEDED" if verdict.exceeded else "kept"
        yield f"budget {verdict.expression}: {word}, {verdict.observed:g} of {verdict.allowed:g}"


def _left_out(looked_at: Denominators) -> str:
    counts = {**looked_at.skipped, **looked_at.outcomes}
    counts.pop(DecisionOutcome.DECIDED, None)
    return "left out: " + (", ".join(f"{n:,} {why}" for why, n in counts.items() if n) or "none")
