"""The log's lines about actions that were refused."""

from datetime import UTC, datetime

import pytest
import structlog

from orchestrator.core.actions import ActionType, Outcome, Service
from orchestrator.delivery.reports import Reports
from orchestrator.delivery.settling import Ended
from tests.unit.delivery.samples import action

LEVEL = action(ActionType.LEVEL_SUGGESTED)
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.FAILED])
def test_a_refusal_is_told_with_its_action_and_trace_and_without_its_learner(
    outcome: Outcome,
) -> None:
    reports = Reports(lambda _: {"trace_id": "t"})
    with structlog.testing.capture_logs() as lines:
        reports.on_ended(
            Service.LEARNER, LEVEL, Ended(outcome, NOON, 1, 422, "quotes it", b"quotes it")
        )

    (line,) = lines
    assert (line["event"], line["log_level"]) == ("action refused", "warning")
    assert (line["status"], line["action_id"], line["trace_id"]) == (422, LEVEL.action_id, "t")
    assert LEVEL.learner_id not in repr(line)
    assert LEVEL.event_id not in repr(line)
    assert "quotes it" not in repr(line)


def test_what_arrived_or_was_not_needed_any_more_is_not_told() -> None:
    with structlog.testing.capture_logs() as lines:
        for outcome in set(Outcome) - {Outcome.REJECTED, Outcome.FAILED}:
            Reports().on_ended(Service.LEARNER, LEVEL, Ended(outcome, NOON, 1))

    assert lines == []
