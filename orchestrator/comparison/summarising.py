"""From the counts to the report's content."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import asdict, replace

from orchestrator.comparison.budgets import Budget, held_against
from orchestrator.comparison.cells import TYPES
from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.harms import harms_of
from orchestrator.comparison.ignores import Ignore, ignored
from orchestrator.comparison.limits import LIMITS
from orchestrator.comparison.most_changed import HASHES, most_changed
from orchestrator.comparison.scores import labelled
from orchestrator.comparison.slices import all_slices, learners_in, totals
from orchestrator.comparison.summary import (
    Comparison,
    Counts,
    Denominators,
    Expected,
    Header,
    Ignored,
    LevelDivergence,
    OutcomeDifference,
    Slice,
    Transitions,
)
from orchestrator.comparison.suppression import SMALLEST, suppressed
from orchestrator.comparison.tally import Tally
from orchestrator.comparison.verdict import verdict
from orchestrator.core.actions import ActionType


class Reading(Struct, frozen=True):
    """How a tally is to be read.

    `hash_key`: what learners are hashed with, up to 64 bytes; random for each report, unless two
    are to be joined. `traces`: of how many learners the moments are shown; 0: of none.
    `ignores` (read_ignores) are expected; `budgets` (read_budgets) are held against the rest.
    """

    hash_key: bytes
    traces: int = 20
    ignores: tuple[Ignore, ...] = ()
    budgets: tuple[Budget, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError if anybody could find a learner of a trace by hashing all ids."""
        if self.traces and not self.hash_key:
            raise ValueError("traces need a key to hash the learners with")


def summarise(tally: Tally, coverage: Coverage, header: Header, reading: Reading) -> Comparison:
    """The whole result; equal tallies give equal ones. The tally stays as it is."""
    denominators = coverage.denominators()
    expected = ignored(tally, reading.ignores)
    actions = _matrix(tally, denominators, expected)
    is_identical = (
        not any(row.learners_differing for row in actions)
        and not tally.level_events
        and not tally.outcomes
    )
    comparison = Comparison(
        header=header,
        verdict=verdict(actions, denominators, identical=is_identical),
        identical=is_identical,
        differs=not is_identical and not _is_all_expected(actions),
        denominators=denominators,
        actions=actions,
        slices=tuple(_without_small_cells(tally, whole) for whole in all_slices(tally)),
        smallest_cell=SMALLEST,
        harms=harms_of(tally),
        levels=LevelDivergence(
            sum(one.diverged for one in tally.learners.values()), tally.level_events
        ),
        outcomes=tuple(_outcomes(tally)),
        most_changed=most_changed(tally, reading.hash_key, reading.traces),
        hashes=HASHES,
        labels=labelled(tally.labels),
        ignored=expected,
        limits=LIMITS,
    )
    return replace(comparison, budgets=held_against(reading.budgets, comparison))


def _matrix(
    tally: Tally, denominators: Denominators, expected: Sequence[Ignored]
) -> tuple[Transitions, ...]:
    """A row a type, whether it occurs or not."""
    found = totals(tally)
    days = denominators.learner_days
    return tuple(
        Transitions(
            **asdict(counts),
            type=name,
            learners=sum(bool(one.seen[kind]) for one in tally.learners.values()),
            learners_differing=sum(one.differs_in(kind) for one in tally.learners.values()),
            ignored=sum(_differences(e) for one in expected for e in one.counts if e.type is name),
            base_per_learner_day=counts.base / days if days else None,
            candidate_per_learner_day=counts.candidate / days if days else None,
        )
        for kind, (name, counts) in enumerate(zip(TYPES, found, strict=True))
    )


def _is_all_expected(actions: Sequence[Transitions]) -> bool:
    """Whether there are differences, and each is one that is ignored."""
    differences = sum(_differences(row) for row in actions)
    return 0 < differences == sum(row.ignored for row in actions)


def _differences(counts: Counts | Expected) -> int:
    return counts.changed + counts.lost + counts.added + counts.moved


def _without_small_cells(tally: Tally, whole: Slice) -> Slice:
    def learners(kind: ActionType, values: Sequence[str]) -> int:
        return learners_in(tally, whole.by, TYPES.index(kind), values)

    return suppressed(whole, learners)


def _outcomes(tally: Tally) -> Iterator[OutcomeDifference]:
    for pair, events in sorted(tally.outcomes.items()):
        base, candidate = pair.split(">")
        yield OutcomeDifference(base, candidate, events)
