"""Since when something is unexplained."""

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

from orchestrator.clock import FixedClock
from orchestrator.core.ledger import EventsRow, Ledger
from orchestrator.read_model.ledger_reader import LedgerReader
from orchestrator.read_model.ledger_watch import LedgerWatch

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def nobody() -> AbstractAsyncContextManager[LedgerReader]:
    raise AssertionError("nothing is read here")


def ledger(*unexplained: int) -> Ledger:
    return Ledger({n: EventsRow(received=each) for n, each in enumerate(unexplained)}, {})


def test_a_difference_is_dated_from_its_first_look_and_anew_after_it_was_gone() -> None:
    told: list[Ledger] = []
    at = [NOON + timedelta(seconds=2 * n) for n in range(4)]
    watch = LedgerWatch(nobody, clock=FixedClock(NOON), on_ledger=told.append)
    looks = [ledger(0, 1), ledger(3, 2), ledger(0, 2), ledger(1, 0)]
    expected = [
        {("events", 1): at[0]},
        {("events", 0): at[1], ("events", 1): at[0]},
        {("events", 1): at[0]},
        {("events", 0): at[3]},
    ]
    for look, since, now in zip(looks, expected, at, strict=True):
        watch.see(look, now)
        assert watch.seen is not None
        assert (watch.seen.at, watch.seen.since) == (now, since)
    assert told == looks
