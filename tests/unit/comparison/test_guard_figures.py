"""What the guard rails are told of a comparison."""

from msgspec.structs import replace

from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.guard_figures import figures_of
from orchestrator.comparison.guard_rails import Figures, Paired
from orchestrator.comparison.tally import Tally
from orchestrator.core.decide import Decision, Position, decide
from orchestrator.core.events import Event
from orchestrator.core.levels import Level
from orchestrator.core.times import HOUR, micros
from tests.unit.core.samples import POLICY, after, engagement_low, sel

KEY = b"school/ana"


def decided(event: Event) -> Decision:
    return decide(None, event, Position(0, 1), POLICY)


def tell(tally: Tally, event: Event, *, base: bool, candidate: bool) -> None:
    """An event at which either gives what the policy calls for, or nothing."""
    right = decided(event)
    silent = replace(right, actions=())
    tally.take(
        tally.learner(KEY),
        event,
        micros(event.timestamp),
        right if base else silent,
        right if candidate else silent,
        Level.MODERATE,
        Level.MODERATE,
    )


def test_of_nothing_there_are_no_figures() -> None:
    assert figures_of(Tally(), Coverage()) == Figures()


def test_breaks_and_interventions_are_counted_by_who_gave_them() -> None:
    tally = Tally()
    tell(tally, engagement_low(after(0)), base=True, candidate=True)
    tell(tally, engagement_low(after(60)), base=False, candidate=True)
    tell(tally, sel("high", after(120)), base=True, candidate=True)
    found = figures_of(tally, Coverage(worked=3 * HOUR))

    assert found == Figures(
        hours=3.0, breaks=Paired(2, 0, 1), interventions=Paired(1, 0, 0), high_severity_lost=0
    )


def test_what_is_given_at_another_moment_stays_one_of_each_side() -> None:
    tally = Tally()
    tell(tally, engagement_low(after(0)), base=False, candidate=True)
    early = figures_of(tally, Coverage()).breaks
    tell(tally, engagement_low(after(5)), base=True, candidate=False)

    assert early == Paired(0, 0, 1)
    assert figures_of(tally, Coverage()).breaks == Paired(0, 1, 1)


def test_an_intervention_that_a_high_severity_asked_for_and_that_is_missing_is_told() -> None:
    tally = Tally()
    tell(tally, sel("high", after(0)), base=True, candidate=False)
    assert figures_of(tally, Coverage()).high_severity_lost == 1

    tell(tally, sel("high", after(5)), base=False, candidate=True)
    assert figures_of(tally, Coverage()).high_severity_lost == 1
