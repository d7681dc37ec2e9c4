"""A gap is said once, counted for good, and shown for a while."""

from structlog.testing import capture_logs

from orchestrator.bridge.gaps import NAMED, SHOWN_S, Gaps
from orchestrator.bridge.health import LaneCounters
from orchestrator.bridge.watch import Finding


def test_deleted_entries_are_counted_and_named() -> None:
    counters = LaneCounters()
    gaps = Gaps("s", counters, lambda: 0.0)
    with capture_logs() as logs:
        gaps.deleted_while_pending([b"1-0", b"1-1"])
    assert (counters.vanished, counters.gaps) == (2, 2)
    assert gaps.detail == "gap: 2 pending entries were deleted: 1-0, 1-1"
    assert [(each["event"], each["stream"]) for each in logs] == [("gap in stream", "s")]


def test_of_very_many_only_some_are_named() -> None:
    counters = LaneCounters()
    gaps = Gaps("s", counters, lambda: 0.0)
    gaps.deleted_while_pending([f"{n}-0".encode() for n in range(1, 2_001)])
    assert counters.vanished == 2_000
    assert gaps.detail.endswith(f", {NAMED}-0 and 1,980 more")


def test_missed_entries_and_breaks_are_counted_apart() -> None:
    counters = LaneCounters()
    gaps = Gaps("s", counters, lambda: 0.0)
    gaps.found(Finding("7 are missing", 7))
    gaps.found(Finding("the tail is lost", None))
    gaps.group_gone()
    assert (counters.missed, counters.breaks, counters.gaps) == (7, 2, 9)


def test_the_newest_gap_is_shown_for_a_while_and_counts_for_good() -> None:
    now = 100.0
    counters = LaneCounters()
    gaps = Gaps("s", counters, lambda: now)
    assert gaps.detail == ""
    gaps.found(Finding("7 are missing", 7))
    now += SHOWN_S / 2
    gaps.found(Finding("one more", 1))
    now += SHOWN_S - 1
    assert gaps.detail == "gap: one more"
    now += 1
    assert gaps.detail == ""
    assert counters.gaps == 8
