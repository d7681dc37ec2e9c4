"""The two forms of the kernel do the same; a goal is held against the rounds of both sides."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.peers.goals import reached
from benchmarks.peers.kernel import step
from benchmarks.peers.running import Ran
from benchmarks.peers.typed_kernel import Learner, fold
from tests.unit.stream.samples import record


def coursework(number: int, accuracy: float, gaps: list[str]) -> dict[str, Any]:
    metrics = {"accuracy": accuracy}
    data = {"performance_metrics": metrics} | ({"learning_gaps": gaps} if gaps else {})
    return {"id": f"e-{number}", "learner_id": "ada", "timestamp": "2026-03-02", "data": data}


EVENTS = st.builds(
    coursework,
    st.integers(0, 20),
    st.sampled_from([0.2, 0.4, 0.6, 0.8, 1.0]),
    st.sampled_from([[], ["fractions"]]),
)


@given(st.lists(EVENTS, max_size=40))
def test_both_forms_of_the_kernel_come_to_the_same(events: list[dict[str, Any]]) -> None:
    state, actions = None, []
    for event in events:
        after, action = step(state, event)
        state = after or state
        actions += [action] if action else []
    records = [record(number, json.dumps(event).encode()) for number, event in enumerate(events)]
    changed, written = fold(records, lambda _: Learner())
    typed = next(iter(changed.values()), Learner())
    assert [json.loads(each.value or b"") for each in written] == actions
    expected = (state["correct"], state["incorrect"], tuple(state["recent"])) if state else None
    assert (typed.correct, typed.incorrect, typed.recent) == (expected or (0, 0, ()))


def test_a_repeat_within_eight_events_does_not_act_again() -> None:
    event = coursework(1, 0.6, ["fractions"])
    state, action = step(None, event)
    assert action is not None
    assert step(state, event) == (None, None)


def ran(speed: float, warm: float = 0.0) -> Ran:
    return Ran(speed, warm, cpu_s=1.0, rss_mb=1.0)


def test_a_ratio_is_of_one_round_and_the_middle_one_decides() -> None:
    rounds = {"ours-whole-alo": [ran(100), ran(300), ran(90)], "quix": [ran(50), ran(100), ran(60)]}
    found = reached(rounds)
    assert list(found) == ["ours-whole-alo / quix"]
    assert found["ours-whole-alo / quix"].ratio == (1.5, 2.0, 3.0)
    assert found["ours-whole-alo / quix"].met


def test_kafka_streams_counts_as_it_is_once_warm() -> None:
    rounds = {"ours-whole-alo": [ran(100)], "kafka-streams-rocksdb": [ran(10, warm=80)]}
    (found,) = reached(rounds).values()
    assert (found.ratio.middle, found.met) == (1.25, False)
