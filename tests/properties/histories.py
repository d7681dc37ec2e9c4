"""Any history that a learner can have: every type of event, in any order of their times."""

from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from orchestrator.core.events import Event
from tests.unit.core.samples import START, event

ratios = st.one_of(
    st.sampled_from([0.0, 0.25, 0.3, 0.35, 0.4, 0.6, 0.8, 0.85, 0.9, 1.0]),
    st.floats(0, 1, allow_nan=False),
)
texts = st.text(max_size=8)
moments = st.one_of(
    st.integers(0, 90).map(lambda minutes: START + timedelta(minutes=minutes)),
    st.integers(-40 * 86_400_000_000, 40 * 86_400_000_000).map(
        lambda micros: START + timedelta(microseconds=micros)
    ),
)
profiles = st.dictionaries(
    texts,
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        texts,
    ),
)

_maybe = ratios | st.none()
_data: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "BASELINE_COMPLETE": st.fixed_dictionaries(
        {"overall_score": ratios}, optional={"strengths": st.lists(texts, max_size=3)}
    ),
    "SLP_UPDATED": profiles.flatmap(
        lambda profile: _maybe.map(lambda score: profile | {"communication_score": score})
    ),
    "SEL_ALERT": st.fixed_dictionaries(
        {"alert_type": st.sampled_from(["anxiety", "Attention", "homesick", 5])},
        optional={"severity": st.sampled_from(["low", "Medium", "HIGH", "critical", "", None, 5])},
    ),
    "COURSEWORK_ANALYZED": st.fixed_dictionaries(
        {
            "performance_metrics": st.fixed_dictionaries(
                {"accuracy": ratios}, optional={"engagement": _maybe}
            )
        },
        optional={
            "session_duration": st.none() | st.floats(0, 600) | st.integers(0, 40),
            "answers": st.lists(st.booleans(), max_size=6),
            "learning_gaps": st.lists(texts, max_size=2),
        },
    ),
    "ASSESSMENT_COMPLETE": st.fixed_dictionaries({"score": ratios}),
    "LEARNER_PROGRESS": st.fixed_dictionaries(
        {"performance_score": ratios}, optional={"engagement_score": _maybe}
    ),
    "ENGAGEMENT_LOW": st.fixed_dictionaries({}, optional={"engagement_score": _maybe}),
}


@st.composite
def events(draw: st.DrawFn) -> Event:
    """One event of any type at any moment; its id is new."""
    kind = draw(st.sampled_from(sorted(_data)))
    return event(kind, draw(_data[kind]), draw(moments))


histories = st.lists(events(), max_size=15)
"""Short and strange."""


def long_history(seed: int, length: int) -> list[Event]:
    """A history longer than anything that is remembered, dense in time, mostly forwards."""
    random = Random(seed)
    at = START
    history = []
    for _ in range(length):
        at += timedelta(seconds=random.choice([0, 1, 30, 300, 1_200, -60, -900, 90_000]))
        kind = random.choice(["SEL_ALERT", *_data])
        history.append(event(kind, _some_data(kind, random), at))
    return history


def _some_data(kind: str, random: Random) -> dict[str, Any]:
    ratio = random.random()
    match kind:
        case "BASELINE_COMPLETE":
            return {"overall_score": ratio}
        case "SLP_UPDATED":
            return {"communication_score": ratio, "notes": "é" * random.choice([0, 200, 230, 900])}
        case "SEL_ALERT":
            return {"alert_type": "anxiety", "severity": random.choice(["low", "high"])}
        case "COURSEWORK_ANALYZED":
            minutes = random.choice([None, 1, 7.5, 26])
            return {"performance_metrics": {"accuracy": ratio}, "session_duration": minutes}
        case "ASSESSMENT_COMPLETE":
            return {"score": ratio}
        case "LEARNER_PROGRESS":
            return {"performance_score": ratio}
    return {"engagement_score": ratio}


lives = st.integers(0, 2**32).map(lambda seed: long_history(seed, 80))
"""Long and likely."""
