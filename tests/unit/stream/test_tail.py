"""Where following begins, and where it goes on."""

from collections.abc import Iterable

from aiokafka import TopicPartition

from orchestrator.stream.tail import Tail

FIGURES, DECISIONS = TopicPartition("figures", 0), TopicPartition("decisions", 0)


class Reader:
    """Stands for aiokafka's consumer: a log of which it knows the begin and the end."""

    def __init__(self, begin: int, end: int) -> None:
        self.begin, self.end = begin, end
        self.sought: dict[TopicPartition, int] = {}

    def assign(self, tps: Iterable[TopicPartition]) -> None:
        self.sought = {}

    async def beginning_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(tps, self.begin)

    async def end_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(tps, self.end)

    def seek(self, tp: TopicPartition, offset: int) -> None:
        self.sought[tp] = offset


def tail() -> Tail:
    return Tail({}, partitions=1, whole=["figures"], news=["decisions"], on_records=lambda *_: None)


async def test_a_topic_is_read_from_its_begin_and_news_from_the_end() -> None:
    reader = Reader(begin=3, end=8)
    assert await tail()._seek(reader) == {FIGURES: 8, DECISIONS: 8}
    assert reader.sought == {FIGURES: 3, DECISIONS: 8}


async def test_after_a_failure_news_that_came_meanwhile_is_not_passed_over() -> None:
    following = tail()
    await following._seek(Reader(begin=3, end=8))
    after = Reader(begin=3, end=11)
    await following._seek(after)
    assert after.sought == {FIGURES: 3, DECISIONS: 8}


async def test_what_was_deleted_meanwhile_is_skipped() -> None:
    following = tail()
    await following._seek(Reader(begin=3, end=8))
    after = Reader(begin=10, end=11)
    await following._seek(after)
    assert after.sought == {FIGURES: 10, DECISIONS: 10}
