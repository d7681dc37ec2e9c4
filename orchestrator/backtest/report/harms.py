"""Who would be worse off: always shown, also where it is nobody."""

from msgspec import Struct

from orchestrator.backtest.report.figures import plural, whole
from orchestrator.comparison.summary import Comparison


class Harm(Struct, frozen=True):
    """One harm: how many learners, what it is, and what stands behind the number."""

    learners: str
    hurts: bool
    title: str
    detail: str


def harms(comparison: Comparison) -> tuple[Harm, ...]:
    """All of them, in the order of their weight."""
    found = comparison.harms
    limit = found.breaks_a_day
    return (
        Harm(
            whole(found.learners_losing_interventions),
            found.lost_interventions > 0,
            "would lose support for their feelings",
            f"{plural(found.lost_interventions, 'intervention', 'interventions')} that the base "
            "gives, and that nothing within 30 minutes makes up for",
        ),
        Harm(
            whole(found.learners_newly_over),
            found.learners_newly_over > 0,
            f"would newly get more than {limit} breaks on a day",
            f"{whole(found.learners_over_base)} have such a day under the base, "
            f"{whole(found.learners_over_candidate)} under the candidate; the most on one day: "
            f"{whole(found.most_breaks_a_day_base)} and {whole(found.most_breaks_a_day_candidate)}",
        ),
        Harm(
            whole(found.learners_two_levels_below),
            found.learners_two_levels_below > 0,
            "would be two levels or more below where the base has them",
            f"the largest fall is by {plural(found.largest_fall, 'level', 'levels')}",
        ),
    )
