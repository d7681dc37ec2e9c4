"""How much a read asks for, and how long a pause lasts."""

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.bridge.backoff import Backoff
from orchestrator.bridge.pace import Pace


def test_full_reads_of_light_entries_raise_the_count_to_the_most() -> None:
    pace = Pace(least=32, most=1000, target_bytes=4_000_000)
    counts = []
    for _ in range(7):
        pace.learn(pace.count, pace.count * 300)
        counts.append(pace.count)
    assert counts == [64, 128, 256, 512, 1000, 1000, 1000]


def test_a_read_that_was_not_full_leaves_the_count() -> None:
    pace = Pace(least=32)
    pace.learn(31, 31 * 300)
    pace.learn(0, 0)
    assert pace.count == 32


def test_heavy_entries_lower_the_count_to_what_fits() -> None:
    pace = Pace(least=32, target_bytes=4_000_000)
    pace.learn(32, 32 * 1_000_000)
    assert pace.count == 4


def test_the_count_is_never_below_one_and_grows_again() -> None:
    pace = Pace(least=32, target_bytes=4_000_000)
    pace.learn(1, 50_000_000)
    assert pace.count == 1
    pace.learn(1, 300)
    assert pace.count == 2


@given(st.lists(st.integers(0, 40)))
def test_pauses_are_within_bounds_and_grow_until_reset(attempts: list[int]) -> None:
    backoff = Backoff(first_s=0.1, longest_s=5.0)
    for number, _ in enumerate(attempts):
        ceiling = min(0.1 * 2**number, 5.0)
        assert ceiling / 10 <= backoff.next_s() <= ceiling
    backoff.reset()
    assert backoff.next_s() <= 0.1
