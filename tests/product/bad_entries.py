"""Seventy-odd ways of being no event, and the reason that each is refused for."""

from typing import Any

from tests.product.envelopes import Entry, envelope

TOO_DEEP = "[" * 10_000 + "]" * 10_000
UPLOAD = {"upload_id": "u-1", "subjects": ["maths"], "topics": ["fractions"], "learner_id": "l-1"}
PLAIN = {"type": "ASSESSMENT_COMPLETE", "tenant_id": "t-1", "learner_id": "l-1"}
METRICS = {"performance_metrics": {"accuracy": 1.5}}
GOOD = envelope("x", data={"score": 0.25})["data"]
ANSWERED = {"performance_metrics": {"accuracy": 0.5}, "answers": ["yes"]}
TOO_LONG = {"performance_metrics": {"accuracy": 0.5}, "session_duration": 601}
WORDS = {"performance_metrics": {"accuracy": 0.5}, "learning_gaps": "fractions"}


def scored(number: str) -> Entry:
    """A good entry but for its score, which is written so."""
    return {"data": GOOD.replace("0.25", number)}


def nested(levels: int) -> dict[str, Any]:
    """An object in an object in an object."""
    return {"inner": nested(levels - 1)} if levels else {}


BAD: list[tuple[Entry, str]] = [
    ({"data": ""}, "malformed json"),
    ({"data": "{"}, "malformed json"),
    ({"payload": "no json"}, "malformed json"),
    ({"event": TOO_DEEP}, "malformed json"),
    ({**PLAIN, "timestamp": "1740819600", "score": TOO_DEEP}, "malformed json"),
    ({"data": GOOD + "{}"}, "malformed json"),
    ({"data": GOOD[:-1]}, "malformed json"),
    ({"data": "\ufeff" + GOOD}, "malformed json"),
    ({"data": GOOD.replace('"', "'")}, "malformed json"),
    ({"data": b"\xff\xfe"}, "not utf-8"),
    ({"data": GOOD.encode().replace(b"l-1", b"l\xe9")}, "not utf-8"),
    ({"type": "SEL_ALERT", "tenant_id": b"\xff", "data": "{}"}, "not utf-8"),
    ({**PLAIN, "score": b"\xff"}, "not utf-8"),
    ({"data": "[]"}, "not an object"),
    ({"data": "null"}, "not an object"),
    ({"data": '"SEL_ALERT"'}, "not an object"),
    ({"type": "SEL_ALERT", "data": "7"}, "not an object"),
    ({"colour": "red"}, "unknown dialect"),
    ({"data": '{"learner_id": "l-1", "score": 0.5}'}, "unknown dialect"),
    (envelope("x", type="COFFEE_READY"), "unknown type"),
    (envelope("x", type="LEARNER_ERASED"), "unknown type"),
    (envelope("x", type="LEVEL_SUGGESTION_FAILED"), "unknown type"),
    (envelope("x", type=["SEL_ALERT"]), "unknown type"),
    (envelope("x", tenant_id=None), "missing tenant_id"),
    ({**PLAIN, "tenant_id": "", "score": "0.5", "timestamp": "1740819600"}, "invalid field"),
    (envelope("x", learner_id=None), "missing field"),
    (envelope("x", timestamp=None), "missing field"),
    (envelope("x", data={}), "missing field"),
    (envelope("x", type="LEARNER_PROGRESS", data={"mood": 1}), "missing field"),
    (envelope("x", timestamp="2999-01-01T00:00:00Z"), "timestamp in the future"),
    (envelope("x", timestamp="2025-03-01T09:00:00"), "invalid field"),
    (envelope("x", timestamp=True), "invalid field"),
    (envelope("x", learner_id=7), "invalid field"),
    (envelope("x", tenant_id="t" * 129), "invalid field"),
    (envelope("x", data={"score": 2}), "invalid field"),
    (envelope("x", data={"score": True}), "invalid field"),
    (envelope("x", data="score"), "invalid field"),
    (scored("NaN"), "invalid field"),
    (envelope("x", type="COURSEWORK_ANALYZED", data=METRICS), "invalid field"),
    (envelope("x", type="BASELINE_COMPLETE", data={"accuracy_percentage": 101}), "invalid field"),
    (scored("Infinity"), "invalid field"),
    (scored("-Infinity"), "invalid field"),
    (scored("1e400"), "invalid field"),
    (scored("9" * 400), "invalid field"),
    (scored("-0.01"), "invalid field"),
    (scored('"0.25"'), "invalid field"),
    (scored("null"), "missing field"),
    ({**PLAIN, "timestamp": "1740819600", "score": "half"}, "invalid field"),
    (envelope("e" * 129), "invalid field"),
    (envelope(""), "invalid field"),
    (envelope("x", id=7), "invalid field"),
    (envelope("x", correlation_id=7), "invalid field"),
    (envelope("x", learner_id=""), "invalid field"),
    (envelope("x", learner_id="\ud800"), "invalid field"),
    (envelope("x", tenant_id=""), "invalid field"),
    (envelope("x", timestamp="yesterday"), "invalid field"),
    (envelope("x", timestamp=""), "invalid field"),
    (envelope("x", timestamp=1e30), "invalid field"),
    (envelope("x", timestamp=-1), "invalid field"),
    (envelope("x", timestamp=["2025-03-01T09:00:00Z"]), "invalid field"),
    (envelope("x", timestamp=4e9), "timestamp in the future"),
    (envelope("x", data={"score": 0.5, "percentile": 101}), "invalid field"),
    (envelope("x", type="COURSEWORK_ANALYZED", data=ANSWERED), "invalid field"),
    (envelope("x", type="COURSEWORK_ANALYZED", data=TOO_LONG), "invalid field"),
    (envelope("x", type="COURSEWORK_ANALYZED", data=WORDS), "invalid field"),
    (envelope("x", type="SLP_UPDATED", data={"profile": nested(40)}), "invalid field"),
    (envelope("x", type="SEL_ALERT", data={}), "missing field"),
    (envelope("x", type=""), "unknown type"),
    (envelope("x", type="\u017fEL_ALERT"), "unknown type"),
    (envelope("x", event_type="SEL_ALERT"), "ambiguous"),
    (envelope("x", student_id="l-2"), "ambiguous"),
    (envelope("x", data={"tenant_id": "t-2", "score": 0.5}), "ambiguous"),
    (envelope("x", type="COURSEWORK_ANALYZED", data=UPLOAD), "upload announcement"),
    ({"data": b"x" * 1_500_000}, "too large"),
]
"""Entries and reasons."""
