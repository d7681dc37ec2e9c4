"""Where a batch is cut, so that no learner has too much between Kafka and Redis at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import inf

from orchestrator.bridge.entries import Translated

Piece = Sequence[Translated]


def pieces(batch: Iterable[Translated], learner_limit: int) -> Iterator[Piece]:
    """The batch in order, cut before the entry that would be a learner's `learner_limit` + 1st.

    A piece is produced and acknowledged to Redis before the next one is begun: what a crash lets
    happen twice of one learner is then never more than the ids that its state remembers.
    """
    piece: list[Translated] = []
    counts: defaultdict[bytes, int] = defaultdict(int)
    for translated in batch:
        limit = learner_limit if translated.learner is not None else inf
        if counts[translated.learner or b""] >= limit:
            yield piece
            piece, counts = [], defaultdict(int)
        piece.append(translated)
        counts[translated.learner or b""] += 1
    if piece:
        yield piece
