"""A pair that is brought back from a checkpoint is the pair that was."""

from pathlib import Path

from orchestrator.archive.source import Span
from orchestrator.backtest import resuming
from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.pair import Pair
from orchestrator.comparison.tally import Tally
from tests.unit.backtest.sources import BASE, SOONER, Days


def test_every_learner_comes_back_as_they_were_on_both_sides(tmp_path: Path) -> None:
    source, policies = Days(), (BASE.load(), SOONER.load())
    pair = Pair(0, *policies, Tally(), Coverage())
    for chunk in source.chunks(0, Span(0, 80)):
        pair.feed(chunk.offsets, chunk.keys, chunk.values)
    kept = resuming.checkpoint_of(pair, is_done=False)
    assert {learner.is_one for learner in kept.learners} == {True, False}

    path = tmp_path / "partition-0.checkpoint"
    resuming.write(path, kept)
    found = resuming.read(path)
    assert found is not None
    again = Pair(0, *policies, resuming.tally_of(found), found.coverage)
    resuming.bring_back(again, found)

    assert resuming.checkpoint_of(again, is_done=False) == kept
    assert again.offset == pair.offset
    for key, learner in again.learners.items():
        assert learner == pair.learners[key]
        assert (learner.base is learner.candidate) == (
            pair.learners[key].base is pair.learners[key].candidate
        )
        assert learner.tally is again.tally.learners.get(key)


def test_only_its_owner_may_read_a_checkpoint(tmp_path: Path) -> None:
    pair = Pair(0, BASE.load(), BASE.load(), Tally(), Coverage())
    path = tmp_path / "partition-0.checkpoint"
    resuming.write(path, resuming.checkpoint_of(pair, is_done=True))
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
