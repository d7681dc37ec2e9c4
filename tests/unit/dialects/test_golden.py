"""Every dialect, told by examples: golden/*.json."""

import json

import pytest

from orchestrator.core.event_codec import encode_event
from orchestrator.dialects.reading import read_entry
from orchestrator.errors import InvalidEvent
from tests.unit.dialects.golden_cases import (
    RECEIVED_AT,
    SOURCE,
    Case,
    entry_fields,
    golden_cases,
)

CASES = golden_cases()
READ = {name: case for name, case in CASES.items() if "event" in case}
REFUSED = {name: case for name, case in CASES.items() if "refusal" in case}


@pytest.mark.parametrize("case", READ.values(), ids=READ.keys())
def test_the_entry_is_read_as_the_golden_event(case: Case) -> None:
    event = read_entry(entry_fields(case), SOURCE, RECEIVED_AT, case.get("default_tenant"))
    assert json.loads(encode_event(event)) == case["event"]


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_the_entry_is_refused_with_the_golden_reason(case: Case) -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_entry(entry_fields(case), SOURCE, RECEIVED_AT, case.get("default_tenant"))
    assert caught.value.reason == case["refusal"]["reason"]
    assert case["refusal"]["names"] in caught.value.detail


def test_every_golden_case_says_what_it_expects() -> None:
    assert len(READ) + len(REFUSED) == len(CASES) > 0
