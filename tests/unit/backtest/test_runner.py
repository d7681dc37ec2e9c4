"""A comparison is the same however it was shared out, and whether or not it was killed."""

from pathlib import Path

import msgspec
import pytest

from orchestrator.backtest import resuming
from orchestrator.backtest.runner import compare
from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.pair import OTHER_LEARNER, WARM_UP, Pair
from orchestrator.comparison.tally import Tally, encode_tally
from orchestrator.core.state import encode_state
from orchestrator.core.times import DAY, micros
from orchestrator.errors import CannotResume, ProcessDied
from tests.unit.backtest.sources import BASE, Days, Deadly, order, unheard
from tests.unit.core.samples import START

Found = tuple[Tally, Coverage]


def told(found: Found) -> tuple[bytes, bytes]:
    """The bytes of what was found."""
    return encode_tally(found[0]), msgspec.json.encode(found[1])


def test_one_process_and_three_find_the_same() -> None:
    source = Days()
    heard: list[int] = []
    found = compare(source, order(source), 1, heard.append)

    assert found[1].outcomes["decided"] > 3_500
    assert any(one.differences for one in found[0].learners.values())
    assert sum(heard) == found[1].read == sum(span.end for span in source.spans().values())
    assert told(compare(source, order(source), 3, unheard)) == told(found)


def test_a_comparison_that_was_killed_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    source, folder = Deadly(mark=tmp_path / "mark"), tmp_path / "work"
    folder.mkdir()
    with pytest.raises(ProcessDied, match="signal 9"):
        compare(source, order(source), 2, unheard, folder=folder, save_every_s=0)
    stopped = resuming.read(folder / "partition-1.checkpoint")
    assert stopped is not None
    assert 0 < stopped.offset < source.spans()[1].end - 1
    assert any(not learner.is_one for learner in stopped.learners)

    again = compare(source, order(source), 2, unheard, folder=folder, save_every_s=0)

    assert told(again) == told(compare(Days(), order(source), 1, unheard))
    assert told(compare(source, order(source), 1, unheard, folder=folder)) == told(again)


def test_a_checkpoint_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "partition-0.checkpoint").write_bytes(b"nothing")
    with pytest.raises(CannotResume, match=r"partition-0\.checkpoint"):
        compare(Days(), order(Days()), 1, unheard, folder=tmp_path)


def test_what_comes_before_the_range_warms_up_and_is_not_compared() -> None:
    source, since = Days(), micros(START) + DAY
    tally, coverage = compare(source, order(source, since=since), 1, unheard)
    whole, _ = compare(source, order(source), 1, unheard)

    assert coverage.skipped[WARM_UP] > 100
    assert coverage.outcomes["decided"] > 100
    assert encode_tally(tally) != encode_tally(whole)


def test_tenants_who_are_not_asked_for_are_passed_over() -> None:
    source = Days()
    tally, coverage = compare(source, order(source, tenants=("hill-school",)), 1, unheard)

    assert {one.tenant for one in tally.learners.values()} == {"hill-school"}
    assert coverage.skipped[OTHER_LEARNER] > 0


def test_learners_begin_as_a_snapshot_knows_them() -> None:
    met = pair_of(Days())
    rows = tuple((key, encode_state(one.base)) for key, one in met.learners.items() if one.base)
    begun = Days(rows=rows)
    _, from_snapshot = compare(begun, order(begun, from_snapshot=frozenset({0})), 1, unheard)
    _, from_nothing = compare(begun, order(begun), 1, unheard)

    # In the snapshot every event of the partition is there already.
    decided = met.coverage.outcomes["decided"]
    assert from_nothing.outcomes["decided"] - from_snapshot.outcomes["decided"] == decided


def pair_of(source: Days) -> Pair:
    """The first partition under base alone."""
    base = BASE.load()
    pair = Pair(0, base, base, Tally(), Coverage())
    for chunk in source.chunks(0, source.spans()[0]):
        pair.feed(chunk.offsets, chunk.keys, chunk.values)
    return pair
