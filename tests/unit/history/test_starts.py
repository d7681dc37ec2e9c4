"""Where the reading begins."""

from aiokafka import TopicPartition

from orchestrator.history.starts import cut_to, is_of_other_log

ONE, OTHER, NEWS = (TopicPartition(name, 0) for name in ("events", "actions", "outcomes"))


def test_a_file_that_has_read_beyond_the_end_is_of_another_log() -> None:
    assert not is_of_other_log({ONE: 5}, {ONE: 5, OTHER: 0})
    assert is_of_other_log({ONE: 6}, {ONE: 5, OTHER: 0})
    assert not is_of_other_log({OTHER: 6}, {ONE: 5})


def test_more_facts_than_rows_are_cut_to_the_same_share() -> None:
    starts, ends = {ONE: 0, OTHER: 100, NEWS: 7}, {ONE: 800, OTHER: 300, NEWS: 900}
    assert cut_to(1000, starts, ends, [ONE, OTHER]) == starts
    assert cut_to(500, starts, ends, [ONE, OTHER]) == {ONE: 400, OTHER: 200, NEWS: 7}
