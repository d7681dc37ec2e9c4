"""What is kept decoded of a partition's counters: the same as what its bytes say, always."""

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.counters import DecideCounters, decode_decide_counters
from orchestrator.core.latest_counters import read_counters, write_counters

figures = st.builds(
    DecideCounters,
    offset=st.integers(-1, 2**40),
    decided=st.integers(0, 2**40),
    newest=st.integers(0, 2**50),
    actions=st.dictionaries(st.sampled_from(["GAME_BREAK", "LEVEL_SUGGESTED"]), st.integers(1, 9)),
    active=st.dictionaries(st.integers(0, 2**25), st.integers(1, 9), max_size=61),
)
partitions = st.integers(0, 2)


def test_of_a_partition_without_a_row_nothing_is_counted() -> None:
    write_counters(DecideCounters(decided=5), 0)

    assert read_counters(None, 0) == DecideCounters()


@given(st.lists(st.tuples(partitions, figures), min_size=1, max_size=6), st.data())
def test_what_is_read_is_what_the_bytes_say(
    written: list[tuple[int, DecideCounters]], data: st.DataObject
) -> None:
    rows = [write_counters(counters, partition) for partition, counters in written]
    raw = data.draw(st.sampled_from(rows))
    of_another_place_in_memory = bytes(bytearray(raw))

    for partition in range(3):
        assert read_counters(raw, partition) == decode_decide_counters(raw)
        assert read_counters(of_another_place_in_memory, partition) == decode_decide_counters(raw)


@given(figures)
def test_whoever_reads_may_change_what_they_have_read(counters: DecideCounters) -> None:
    raw = write_counters(counters, 0)

    mine = read_counters(raw, 0)
    mine.decided += 1
    mine.saw_learner(None, counters.newest + 1)
    mine.actions["SEL_INTERVENTION"] = 1

    assert read_counters(raw, 0) == decode_decide_counters(raw)


def test_the_very_bytes_that_were_written_are_not_decoded_again() -> None:
    version = "-".join(["aivo", "0123456789ab"])
    raw = write_counters(DecideCounters(policy=version), 0)

    assert read_counters(raw, 0).policy is version
    assert read_counters(bytes(bytearray(raw)), 0).policy is not version
