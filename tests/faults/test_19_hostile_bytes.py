"""Bytes too many, too deep or no text, by Redis and by HTTP: refused, in bounded memory."""

import json
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import aiohttp
import msgspec
import pytest

from orchestrator.core.refusals import Refusal
from orchestrator.embedded.worker import WorkerProcess
from tests.faults.conftest import FaultReport
from tests.faults.watching import all_ended, peak_memory
from tests.product.bad_entries import TOO_DEEP
from tests.product.envelopes import Entry
from tests.product.house import House, school
from tests.product.letters import assert_balanced, letters, put, reason, said

MB = 1_000_000
GOOD = 400
MOST_GROWTH = 400 * MB
"""Bytes that the worker may take on for an event of 50 MB: some copies of one, and of no more."""

KEPT = 64 * 1024
TRIGGER = {"type": "ASSESSMENT_COMPLETE", "tenant_id": "t-1", "learner_id": "l-1"}


def body(data: str) -> bytes:
    """A trigger's body that is sound, but for its data."""
    return json.dumps(TRIGGER).replace("}", f', "data": {data}}}').encode()


HUGE = b'{"type": "' + b"x" * (50 * MB) + b'"}'
LONG_WORD = body('{"score": 0.5, "assessment_type": "' + "w" * (10 * MB) + '"}')
NOT_UTF8 = body('{"score": 0.5}').replace(b"l-1", b"l\xff")
NAN = body('{"score": NaN}')
DEEP_DATA = body('{"score": 0.5, "deep": ' + TOO_DEEP + "}")

HOSTILE: list[tuple[bytes, Refusal, int]] = [
    (HUGE, Refusal.TOO_LARGE, 413),
    (TOO_DEEP.encode(), Refusal.MALFORMED_JSON, 400),
    (DEEP_DATA, Refusal.MALFORMED_JSON, 400),
    (NAN.replace(b'"t-1"', b'"t-1", "timestamp": 1740819600'), Refusal.INVALID_FIELD, 422),
    (NOT_UTF8, Refusal.NOT_UTF8, 400),
    (b"\xff\xfe" * 1_000, Refusal.NOT_UTF8, 400),
    (LONG_WORD, Refusal.TOO_LARGE, 413),
]
"""Bytes, why Redis' entry of them is refused, and how the trigger answers."""


async def answer(worker: WorkerProcess, raw: bytes) -> tuple[int, str]:
    """The status and type of what the trigger answers."""
    headers = {"Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            worker.url + "/internal/trigger", data=BytesIO(raw), headers=headers
        ) as response,
    ):
        await response.read()
        return response.status, response.content_type


@pytest.mark.fault(19)
async def test_hostile_bytes_are_refused_by_both_doors_and_their_neighbours_are_decided(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    events = school(GOOD, learners=40, seed=19)
    good: list[tuple[str, Entry]] = [(s, {"data": msgspec.json.encode(e)}) for s, e in events]
    async with House(tmp_path) as house:
        worker = house.new_worker()
        worker.start()
        await put(house, good[: GOOD // 2])
        await all_ended(worker, GOOD // 2)
        before = peak_memory(worker)

        around = good[GOOD // 2 :]
        placed: list[tuple[str, Entry]] = []
        for number, (raw, _, _) in enumerate(HOSTILE):
            part = around[number * 20 : number * 20 + 20]
            placed += [*part, (part[-1][0], {"data": raw})]
        placed += around[len(HOSTILE) * 20 :]
        sources = await put(house, placed)
        for raw, _, status in HOSTILE:
            told = await answer(worker, raw)
            assert told == (status, "application/problem+json")

        figures = await all_ended(worker, GOOD + len(HOSTILE))
        grown = peak_memory(worker) - before
        assert grown < MOST_GROWTH, f"{grown / MB:.0f} MB more"
        assert_balanced(figures)
        assert figures["total_events_processed"] == GOOD
        found = await letters(house)
        hostile = dict(zip(sources, placed, strict=True))
        expected = {raw: why for raw, why, _ in HOSTILE}
        assert len(found) == len(HOSTILE)
        for source, (letter,) in found.items():
            refused = hostile[source][1]["data"]
            assert isinstance(refused, bytes)
            assert reason(letter) == expected[refused]
            assert said(letter, "sha256") == sha256(refused).hexdigest()
            assert said(letter, "length") == str(len(refused))
            whole = len(refused) <= MB
            assert letter.value == (refused if whole else refused[:KEPT])
            assert said(letter, "replayable") == ("true" if whole else "false")
        assert await house.pending(sorted({stream for stream, _ in good})) == 0
        findings = await house.judge([str(event["id"]) for _, event in events])
        fault_report.tell(findings)
        assert findings.faults() == {}
