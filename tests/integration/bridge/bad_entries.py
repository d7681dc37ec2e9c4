"""Thirty-odd ways of being no event, and the reason that each is refused for."""

from tests.integration.bridge.conftest import Entry, envelope

TOO_DEEP = "[" * 10_000 + "]" * 10_000
UPLOAD = {"upload_id": "u-1", "subjects": ["maths"], "topics": ["fractions"], "learner_id": "l-1"}
PLAIN = {"type": "ASSESSMENT_COMPLETE", "tenant_id": "t-1", "learner_id": "l-1"}
METRICS = {"performance_metrics": {"accuracy": 1.5}}
NAN = envelope("x", data={"score": 0.25})["data"].replace("0.25", "NaN")

BAD: list[tuple[Entry, str]] = [
    ({"data": ""}, "malformed json"),
    ({"data": "{"}, "malformed json"),
    ({"payload": "no json"}, "malformed json"),
    ({"event": TOO_DEEP}, "malformed json"),
    ({**PLAIN, "timestamp": "1740819600", "score": TOO_DEEP}, "malformed json"),
    ({"data": b"\xff\xfe"}, "not utf-8"),
    ({"type": "SEL_ALERT", "tenant_id": b"\xff", "data": "{}"}, "not utf-8"),
    ({**PLAIN, "score": b"\xff"}, "not utf-8"),
    ({"data": "[]"}, "not an object"),
    ({"data": "null"}, "not an object"),
    ({"type": "SEL_ALERT", "data": "7"}, "not an object"),
    ({"colour": "red"}, "unknown dialect"),
    ({"data": '{"learner_id": "l-1", "score": 0.5}'}, "unknown dialect"),
    (envelope("x", type="COFFEE_READY"), "unknown type"),
    (envelope("x", type="LEARNER_ERASED"), "unknown type"),
    (envelope("x", type="LEVEL_SUGGESTION_FAILED"), "unknown type"),
    (envelope("x", type=["SEL_ALERT"]), "unknown type"),
    (envelope("x", tenant_id=None), "missing tenant_id"),
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
    ({"data": NAN}, "invalid field"),
    (envelope("x", type="COURSEWORK_ANALYZED", data=METRICS), "invalid field"),
    (envelope("x", type="BASELINE_COMPLETE", data={"accuracy_percentage": 101}), "invalid field"),
    (envelope("x", student_id="l-2"), "ambiguous"),
    (envelope("x", data={"tenant_id": "t-2", "score": 0.5}), "ambiguous"),
    (envelope("x", type="COURSEWORK_ANALYZED", data=UPLOAD), "upload announcement"),
    ({"data": b"x" * 1_500_000}, "too large"),
]
"""Entries and reasons."""
