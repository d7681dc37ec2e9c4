"""What the partitions have counted, as the one comparison of a trial."""

from collections.abc import Mapping, Sequence

from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.summarising import Reading, summarise
from orchestrator.comparison.summary import (
    Comparison,
    Header,
    PartitionSpan,
    PolicyIdentity,
    Start,
    StartKind,
)
from orchestrator.comparison.tally import Tally, decode_tally, encode_tally
from orchestrator.topics import EVENTS
from orchestrator.trial.partition import PartitionTrials, Stretch

NOBODY = Reading(hash_key=b"", traces=0)
"""No learner is traced: what is written into a topic stays there when a learner is erased."""

START = Start(
    StartKind.WARM_UP,
    "Every learner begins as they were when the trial started, from all that the topic of the "
    "events has of them.",
)


def stretches_of(trial: str, partitions: Mapping[int, PartitionTrials]) -> dict[int, Stretch]:
    """What each partition has of a trial; those that it has not reached are left out."""
    found = {number: each.stretches.get(trial) for number, each in partitions.items()}
    return {number: stretch for number, stretch in found.items() if stretch is not None}


def added_up(stretches: Sequence[Stretch]) -> tuple[Tally, Coverage]:
    """The sum over partitions; the stretches go on as they are."""
    tally, coverage = Tally(), Coverage()
    for stretch in stretches:
        # A tally is closed by being merged, and this one is still being counted.
        tally.merge(decode_tally(encode_tally(stretch.tally)))
        coverage.add(stretch.coverage)
    return tally, coverage


def comparison_of(
    stretches: Mapping[int, Stretch],
    positions: Mapping[int, int],
    base: PolicyIdentity,
    candidate: PolicyIdentity,
    code_version: str,
) -> Comparison:
    """A trial so far. `positions`: by partition, up to where the events were read."""
    spans = (
        PartitionSpan(
            number, stretch.begin, positions[number] if stretch.end is None else stretch.end
        )
        for number, stretch in sorted(stretches.items())
    )
    header = Header(EVENTS, base, candidate, code_version, START, tuple(spans))
    tally, coverage = added_up([stretch for _, stretch in sorted(stretches.items())])
    return summarise(tally, coverage, header, NOBODY)
