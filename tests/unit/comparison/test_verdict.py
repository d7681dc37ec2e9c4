"""The result in one sentence."""

from orchestrator.comparison.summary import Denominators, Transitions
from orchestrator.comparison.verdict import verdict
from orchestrator.core.actions import ActionType
from tests.unit.comparison.samples import SOONER, Feed
from tests.unit.core.samples import after, coursework

WHOLE = Denominators(read=9, eligible=9, evaluated=9, skipped={}, outcomes={}, learners=5_000,
                     learner_days=10_000, learner_hours=0.0)  # fmt: skip


def rows(**changed: tuple[int, int, int]) -> list[Transitions]:
    """Of each type base's, the candidate's, and how many learners differ; 100 and 100 else."""
    found = []
    for kind in ActionType:
        base, candidate, differing = changed.get(kind.value, (100, 100, 0))
        found.append(
            Transitions(type=kind, base=base, candidate=candidate, learners=50,
                        learners_differing=differing, base_per_learner_day=base / 10_000,
                        candidate_per_learner_day=candidate / 10_000)
        )  # fmt: skip
    return found


def test_it_tells_what_changes_for_how_many_and_what_does_not() -> None:
    said = verdict(rows(GAME_BREAK=(18_200, 20_457, 431)), WHOLE, identical=False)
    assert said == (
        "The candidate gives 12.4 % more breaks (from 1.82 to 2.05 per learner-day), to 431 of "
        "5,000 learners; interventions, level suggestions and learning path updates are the same."
    )


def test_it_tells_of_each_type_that_changes() -> None:
    said = verdict(
        rows(GAME_BREAK=(500, 500, 12), SEL_INTERVENTION=(10_000, 9_999, 1)), WHOLE, identical=False
    )
    assert said == (
        "The candidate gives as many breaks, but not the same ones, to 12 of 5,000 learners; 1 "
        "fewer interventions (from 1.00 to 1.00 per learner-day), to 1 of 5,000 learners; level "
        "suggestions and learning path updates are the same."
    )


def test_of_nothing_there_is_no_percentage() -> None:
    said = verdict(rows(GAME_BREAK=(0, 30, 3)), WHOLE, identical=False)
    assert said.startswith("The candidate gives 30 more breaks (from 0.00 to 0.00 per learner-day)")


def test_the_same_is_said_to_be_the_same() -> None:
    feed = Feed(SOONER).sees(coursework(), coursework(at=after(1)))
    assert feed.comparison().verdict == (
        "The candidate decides exactly as base does, at all 2 events of 1 learner."
    )


def test_nothing_is_not_said_to_be_the_same() -> None:
    assert Feed(SOONER).comparison().verdict.startswith("Nothing was compared")
