"""A histogram that is told a batch at a time says what one says that is told each value."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram

from orchestrator.observability.bounded import FirstFew
from orchestrator.observability.wait_histogram import WaitHistogram

BOUNDS = (0.1, 1.0, 10.0)
NOW_MS = 1_767_600_000_000


def samples(registry: CollectorRegistry) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.values()))): sample.value
        for family in registry.collect()
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


@given(st.lists(st.lists(st.sampled_from([-50, 0, 50, 100, 500, 1_000, 2_000, 64_000]))))
def test_it_counts_as_the_usual_one_does(batches: list[list[int]]) -> None:
    ours, usual = CollectorRegistry(), CollectorRegistry()
    whole = WaitHistogram("waits", "Waits.", ["stream"], buckets=BOUNDS, registry=ours)
    single = Histogram("waits", "Waits.", ["stream"], buckets=BOUNDS, registry=usual)
    for waits in batches:
        whole.observe_since(("sel",), [NOW_MS - wait for wait in waits], NOW_MS)
        single.labels("sel")
        for wait in waits:
            single.labels("sel").observe(max(0, wait) / 1000)
    found, expected = samples(ours), samples(usual)
    assert found.keys() == expected.keys()
    assert all(abs(found[name] - expected[name]) < 1e-9 for name in expected)


def test_labels_are_counted_apart() -> None:
    registry = CollectorRegistry()
    whole = WaitHistogram("waits", "Waits.", ["stream"], buckets=BOUNDS, registry=registry)
    whole.observe_since(("sel",), [NOW_MS - 5_000, NOW_MS - 200], NOW_MS)
    whole.observe_since(("baseline",), [NOW_MS - 200], NOW_MS)
    assert registry.get_sample_value("waits_bucket", {"stream": "sel", "le": "1.0"}) == 1
    assert registry.get_sample_value("waits_count", {"stream": "sel"}) == 2
    assert registry.get_sample_value("waits_count", {"stream": "baseline"}) == 1


def test_of_a_label_without_bound_the_first_values_stand_and_the_rest_is_one() -> None:
    shown = FirstFew(2)
    assert [shown(value) for value in ["a", "b", "c", "a", "d"]] == [
        "a",
        "b",
        "other",
        "a",
        "other",
    ]
