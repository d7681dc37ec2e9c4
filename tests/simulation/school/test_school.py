"""Some days of school; and that the simulation sees what would be wrong.

More of them: `python -m tests.simulation.school --seeds 1..5000`.
"""

from collections.abc import Iterable, Mapping, Sequence

import pytest
from msgspec.structs import replace as changed

from agents.decide import write_down
from agents.ports import Host
from orchestrator.core.counters import encode_counters
from orchestrator.core.fold import COUNTERS_KEY, Batch, Folded, SourceRecord, fold
from orchestrator.core.state import decode_state, encode_state
from orchestrator.guarantee import Guarantee
from orchestrator.stream.records import RawRecord
from orchestrator.stream.tables import PartitionTable
from tests.simulation.school.__main__ import main
from tests.simulation.school.history import failure
from tests.simulation.school.product import SHIPPED, STRICTER, Product
from tests.simulation.school.seeds import Lived

AT_LEAST_ONCE, EXACTLY_ONCE = Guarantee
ENOUGH = 60
"""Seeds within which a planted defect must show."""


@pytest.mark.parametrize("guarantee", Guarantee)
@pytest.mark.parametrize("first", range(0, 120, 20))
def test_whatever_happens_all_holds(first: int, guarantee: Guarantee) -> None:
    for seed in range(first, first + 20):
        lived = Lived(seed, guarantee)
        assert lived.violation is None, failure(lived)


SHORTER = tuple(
    changed(policy, breaks=changed(policy.breaks, gap=0)) for policy in (SHIPPED, STRICTER)
)
"""Under the names of those that are shipped, but a break may follow a break at once."""


async def state_first(
    app: Host,
    learner_state: PartitionTable,
    statistics: PartitionTable,
    records: Sequence[RawRecord],
    folded: Folded,
) -> None:
    """The writes in the wrong order."""
    only_state = Folded(folded.counters, changes=folded.changes)
    await write_down(app, learner_state, statistics, records, only_state)
    await write_down(app, learner_state, statistics, records, folded)


def forgetful(batch: Batch, records: Iterable[SourceRecord], rows: Mapping[bytes, bytes]) -> Folded:
    """A fold that remembers of a learner neither the last break nor the latest ids."""
    folded = fold(batch, records, rows)
    for key, raw in folded.changes.items():
        if key != COUNTERS_KEY:
            state = changed(decode_state(raw), last_break_at=None, recent_ids=b"")
            folded.changes[key] = encode_state(state)
    return folded


def fickle(batch: Batch, records: Iterable[SourceRecord], rows: Mapping[bytes, bytes]) -> Folded:
    """A fold after which nobody knows that there is a canary."""
    folded = fold(batch, records, rows)
    counters = changed(folded.counters, canary=None)
    folded.changes[COUNTERS_KEY] = encode_counters(counters)
    return folded


@pytest.mark.parametrize(
    ("product", "guarantee", "seen"),
    [
        (Product(policies=SHORTER), AT_LEAST_ONCE, "two breaks are far enough apart"),
        (Product(fold=forgetful), EXACTLY_ONCE, "an event has one outcome"),
        (Product(fold=fickle), EXACTLY_ONCE, "an event has one outcome"),
        (Product(write_down=state_first), AT_LEAST_ONCE, "an event read is decided"),
        (Product(commits_first=True), AT_LEAST_ONCE, "an event read is decided"),
        (Product(acknowledges_first=True), AT_LEAST_ONCE, "nothing is lost"),
        (Product(restores=False), EXACTLY_ONCE, "an event has one outcome"),
        (Product(transactions=False), EXACTLY_ONCE, "exactly once decides once"),
        (Product(fences=False), AT_LEAST_ONCE, "ends are right"),
    ],
)
def test_a_planted_defect_is_seen(product: Product, guarantee: Guarantee, seen: str) -> None:
    lives = (Lived(seed, guarantee, product) for seed in range(ENOUGH))
    assert any(lived.violation is not None and lived.violation.invariant == seen for lived in lives)


def test_what_fails_is_told_with_the_command_that_repeats_it() -> None:
    product = Product(policies=SHORTER)
    lives = (Lived(seed, AT_LEAST_ONCE, product) for seed in range(ENOUGH))
    failed = next(lived for lived in lives if lived.violation is not None)
    again = Lived(failed.seed, AT_LEAST_ONCE, product)
    first, violated, history, *story = failure(failed).splitlines()
    seed = failed.seed
    assert first == f"python -m tests.simulation.school --seed {seed} --guarantee at_least_once"
    assert violated.startswith("violated: ")
    assert history.startswith("history of ")
    assert story
    assert failure(again) == failure(failed)


def test_the_command_line_repeats_a_seed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "17"]) == 0
    assert capsys.readouterr().out.count("all holds") == 2
    assert main(["--seeds", "17..18", "--guarantee", "exactly_once"]) == 0
    assert "2 of 2 seeds, all holds" in capsys.readouterr().out
