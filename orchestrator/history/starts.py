"""Where the reading of each topic begins."""

from collections.abc import Iterable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition

Offsets = Mapping[TopicPartition, int]


def is_of_other_log(positions: Offsets, ends: Offsets) -> bool:
    """Whether a file has read what these topics do not have: they were made anew, or cut short."""
    return any(position > ends[tp] for tp, position in positions.items() if tp in ends)


async def first_offsets(
    reader: AIOKafkaConsumer,
    positions: Offsets,
    ends: Offsets,
    since_ms: int,
    facts: Iterable[TopicPartition],
    rows: int,
) -> dict[TopicPartition, int]:
    """Where to begin in each topic: where it was left, or at what is old enough to be kept.

    A file that is begun with more of the `facts` (topics with a row a record) than it may have
    `rows` begins later in each alike. One that goes on reads all: there may be an erasure in it.
    """
    begins: dict[TopicPartition, int] = await reader.beginning_offsets(list(ends))
    found = await reader.offsets_for_times(dict.fromkeys(ends, since_ms))
    starts = {}
    for tp, end in ends.items():
        first = found.get(tp)
        young = end if first is None else first.offset
        starts[tp] = min(end, max(begins[tp], young, positions.get(tp, 0)))
    return starts if positions else cut_to(rows, starts, ends, facts)


def cut_to(
    rows: int, starts: Offsets, ends: Offsets, facts: Iterable[TopicPartition]
) -> dict[TopicPartition, int]:
    """The starts, so much later that the facts are about as many as the rows may be.

    The records of a partition lie about evenly in time, so all are cut to the same share.
    """
    cut = dict(starts)
    lengths = {tp: ends[tp] - starts[tp] for tp in facts}
    if (total := sum(lengths.values())) > rows:
        for tp, length in lengths.items():
            cut[tp] = ends[tp] - length * rows // total
    return cut
