"""What each status and each fault means."""

from datetime import UTC, datetime

import pytest

from orchestrator.delivery.verdicts import (
    BODY_LIMIT,
    Answer,
    Fault,
    Kind,
    Verdict,
    judge_answer,
    judge_fault,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def judged(answer: Answer) -> Verdict:
    return judge_answer(answer, now=NOW, host="learner-svc:8080")


def test_every_status_has_its_verdict() -> None:
    retried = {408, 425, 429, *range(500, 600)}
    for status in range(200, 600):
        if status < 300 or status == 409:
            expected = Kind.DELIVERED
        else:
            expected = Kind.RETRY if status in retried else Kind.REJECTED
        verdict = judged(Answer(status))
        assert (status, verdict.kind) == (status, expected)
        assert (verdict.status, verdict.reason) == (status, str(status))


@pytest.mark.parametrize("status", [0, 101, 199, 600, 999])
def test_a_status_that_http_does_not_have_is_retried(status: int) -> None:
    assert judged(Answer(status)).kind is Kind.RETRY


@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_is_retried_and_named(fault: Fault) -> None:
    verdict = judge_fault(fault, "connection refused")
    assert verdict.kind is Kind.RETRY
    assert verdict.reason == fault.value
    assert verdict.status is None
    assert verdict.detail == f"{fault.value}: connection refused"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_retry_after_is_honoured_on_whatever_is_retried(status: int) -> None:
    assert judged(Answer(status, retry_after="7")).retry_after == 7.0
    dated = judged(Answer(status, retry_after="Mon, 02 Mar 2026 09:00:40 GMT"))
    assert dated.retry_after == 40.0


def test_a_rejection_keeps_the_response_and_quotes_its_beginning() -> None:
    verdict = judged(Answer(422, body=b'{"detail":"no such level"}'))
    assert verdict.body == b'{"detail":"no such level"}'
    assert verdict.detail == 'answered 422: {"detail":"no such level"}'


def test_a_body_is_cut_at_the_limit_and_a_detail_at_500_characters() -> None:
    verdict = judged(Answer(400, body=b"\xff" * (BODY_LIMIT + 1), cut=True))
    assert len(verdict.body) == BODY_LIMIT
    assert len(verdict.detail) == 500
    assert verdict.detail.startswith("answered 400 (body cut): ")
    assert len(judge_fault(Fault.GARBLED, "x" * 1000).detail) == 500


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("http://elsewhere.example/x", "a redirect to another host, elsewhere.example"),
        ("//elsewhere.example/x", "a redirect to another host, elsewhere.example"),
        ("http://user:secret@elsewhere.example", "a redirect to another host, elsewhere.example"),
        ("http://learner-svc:8080/api/", "a redirect on the same host"),
        ("/login", "a redirect on the same host"),
        ("http://[oops", "a redirect to what is no address"),
        (None, "a redirect to nowhere"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_rejected_and_says_where_to(
    status: int, location: str | None, said: str
) -> None:
    verdict = judged(Answer(status, location=location))
    assert verdict.kind is Kind.REJECTED
    assert verdict.detail == f"answered {status}, {said}, not followed"
