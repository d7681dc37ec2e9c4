"""An erasure, told to the dead letters: those of the learner are not to be shown or replayed."""

from orchestrator.core.fold import Folded
from orchestrator.stream.records import Record, Sender
from orchestrator.topics import DEAD_LETTERS


async def hide_letters(sender: Sender, folded: Folded, partition: int, partitions: int) -> None:
    """Mark the erasures of a batch of `partition` in all other partitions of the dead letters.

    The bridge writes a letter to any of them. What the agents refuse of a learner is in the
    learner's own; there the mark stands among the letters of the batch. Written before the batch,
    and again if the batch is decided again: an erasure that counts is marked everywhere. Raises
    StreamError.
    """
    if marks := [Record(*mark) for _, mark in folded.erasure_marks]:
        for other in range(partitions):
            if other != partition:
                await sender.send(DEAD_LETTERS, marks, partition=other)
