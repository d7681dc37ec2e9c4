"""When a rate counts as sustained, and what is told of it then, and else."""

from benchmarks.latency import Case, cases, curve, falls_short, figures_of, span, table, tree
from benchmarks.whole_way import Call, Seen
from orchestrator.guarantee import Guarantee

RATE, SECONDS = 100, 10
EVENTS, EXPECTED = RATE * SECONDS, 100


def seen(growth_ms: float = 0.0, events: int = EVENTS, missing: int = 0) -> Seen:
    """A run whose first call takes 10 ms, and the last quarter's so much more than the first's."""
    step = growth_ms / 75
    calls = [Call(number / 10, 10 + step * number) for number in range(EXPECTED - missing)]
    return Seen(events, EXPECTED, calls, lag_s=0.1)


def test_a_rate_is_sustained_when_the_lag_stays() -> None:
    assert falls_short(RATE, SECONDS, seen(growth_ms=249)) == ""
    assert falls_short(RATE, SECONDS, seen(growth_ms=251)) == "the lag grew by 251 ms in 10 s"


def test_a_rate_is_not_sustained_when_calls_are_missing() -> None:
    assert falls_short(RATE, SECONDS, seen(missing=3)) == "3 calls did not come"


def test_a_load_that_wrote_too_little_measures_no_worker() -> None:
    assert falls_short(RATE, SECONDS, seen(events=980)) == ""
    assert falls_short(RATE, SECONDS, seen(events=979)) == "the load wrote 98 events/s"


def test_the_percentiles_are_spreads_over_the_runs() -> None:
    found = figures_of(RATE, SECONDS, [seen(), seen(growth_ms=75), seen(growth_ms=150)])
    assert (found["runs"], found["sustained"], found["calls"]) == (3, 3, 300)
    assert found["p50"] == {"least": 10.0, "middle": 60.0, "most": 110.0}


def test_one_run_that_falls_behind_takes_the_latency_away() -> None:
    found = figures_of(RATE, SECONDS, [seen(), seen(growth_ms=300)])
    assert found == {"runs": 2, "sustained": 1, "why": ["the lag grew by 300 ms in 10 s"]}


def test_the_curve_ends_where_single_calls_would_speak() -> None:
    told = curve([float(number) for number in range(100)])
    assert told["0.5"] == 50.0
    assert list(told)[-1] == "0.95"


def test_no_run_has_more_calls_than_the_sandbox_remembers() -> None:
    assert (span(500, 30), span(5_000, 30)) == (30, 16)


def test_every_case_has_its_place_in_the_figures_and_its_line_in_the_table() -> None:
    todo = list(cases([4, 12], [200, RATE]))
    assert todo[0] == Case(4, Guarantee.AT_LEAST_ONCE, RATE)
    assert len(todo) == 8
    slow = {case: [seen(growth_ms=900 if case.rate == 200 else 0)] for case in todo}
    figures = tree(slow, SECONDS)
    assert figures["12 partitions"]["exactly_once"]["100/s"]["p99"]["middle"] == 10.0
    lines = table(figures).splitlines()
    assert len(lines) == 1 + len(todo)
    assert sum("sustained in 0 of 1: " in line for line in lines) == 4
