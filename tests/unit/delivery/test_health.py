"""What /health is told of a service."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.delivery.health import HealthRecord, HealthStatus
from orchestrator.delivery.verdicts import Answer, Fault, Verdict, judge_answer, judge_fault

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=5)


def answered(status: int) -> Verdict:
    return judge_answer(Answer(status), now=NOW, host="learner-svc")


def test_a_service_that_was_never_called_is_unknown() -> None:
    health = HealthRecord().read()
    assert health.status is HealthStatus.UNKNOWN
    assert (health.last_success, health.last_failure) == (None, None)


@pytest.mark.parametrize("status", [200, 204, 409, 404, 422])
def test_a_service_that_answers_is_healthy_even_when_it_says_no(status: int) -> None:
    record = HealthRecord()
    record.note(answered(status), NOW)
    health = record.read()
    assert health.status is HealthStatus.HEALTHY
    assert (health.last_success, health.last_failure) == (NOW, None)


@pytest.mark.parametrize("status", [500, 503, 429, 408, 401, 403, 302])
def test_failure_or_a_wrong_token_or_address_degrades_it(status: int) -> None:
    record = HealthRecord()
    record.note(answered(status), NOW)
    assert record.read().status is HealthStatus.DEGRADED


def test_failures_in_a_row_are_counted_and_the_last_one_told() -> None:
    record = HealthRecord()
    record.note(answered(200), NOW)
    record.note(answered(500), NOW)
    record.note(judge_fault(Fault.TIMEOUT, "no answer"), LATER)
    health = record.read()
    assert health.detail == "2 failed attempt(s) in a row: timeout: no answer"
    assert (health.last_success, health.last_failure) == (NOW, LATER)


def test_what_a_service_has_said_is_not_told_for_it_may_name_a_learner() -> None:
    record = HealthRecord()
    answer = Answer(503, body=b"no connection to the data of ada")
    record.note(judge_answer(answer, now=NOW, host="learner-svc"), NOW)
    assert record.read().detail == "1 failed attempt(s) in a row: answered 503"
    record.note(judge_answer(Answer(302, location="/login"), now=NOW, host="learner-svc"), NOW)
    assert "a redirect on the same host" in record.read().detail


def test_one_good_answer_heals_it() -> None:
    record = HealthRecord()
    record.note(judge_fault(Fault.RESET, "reset"), NOW)
    record.note(answered(200), LATER)
    health = record.read()
    assert health.status is HealthStatus.HEALTHY
    assert (health.last_success, health.last_failure) == (LATER, NOW)
