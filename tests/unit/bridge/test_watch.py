"""What a lane can tell from looks at its stream."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.bridge.stream_state import START, StreamState, id_text, state_from, stream_id
from orchestrator.bridge.watch import Finding, Watch


class Server:
    """A stream of entries 1-0, 2-0, ... and a group, as Redis would describe them."""

    def __init__(self, recounts: bool = True) -> None:
        self.recounts = recounts
        self.entries: list[int] = []
        self.added = 0
        self.delivered = 0
        self.given: int | None = 0
        self.pending = 0

    def add(self, count: int) -> None:
        self.entries += range(self.added + 1, self.added + count + 1)
        self.added += count

    def trim_to(self, length: int) -> None:
        self.entries = self.entries[max(0, len(self.entries) - length) :]

    def read(self, count: int) -> list[bytes]:
        new = [number for number in self.entries if number > self.delivered][:count]
        if new and self.given is not None:
            self.given = new[-1] if self.recounts else self.given + len(new)
        self.delivered = new[-1] if new else self.delivered
        return [f"{number}-0".encode() for number in new]

    def state(self) -> StreamState:
        return StreamState(
            length=len(self.entries),
            added=self.added,
            first=(self.entries[0], 0) if self.entries else None,
            last=(self.added, 0),
            delivered=(self.delivered, 0),
            given=self.given,
            pending=self.pending,
            lag=None,
        )


def found(watch: Watch, server: Server) -> int | None:
    """How many entries a look finds missing; 0, nothing is amiss."""
    finding = watch.look(server.state())
    return 0 if finding is None else finding.entries


@pytest.mark.parametrize("recounts", [True, False])
@given(data=st.data())
def test_every_entry_trimmed_unread_is_found_once(recounts: bool, data: st.DataObject) -> None:
    server, watch = Server(recounts), Watch()
    assert found(watch, server) == 0
    missing = read = 0
    for step in data.draw(st.lists(st.sampled_from(["add", "trim", "read", "look"]), max_size=40)):
        count = data.draw(st.integers(0, 9))
        if step == "add":
            server.add(count)
        elif step == "trim":
            server.trim_to(count)
        elif step == "read":
            ids = server.read(count)
            watch.given(ids)
            read += len(ids)
        else:
            missing += found(watch, server) or 0
    server.add(1)
    while ids := server.read(5):
        watch.given(ids)
        read += len(ids)
    missing += found(watch, server) or 0
    assert read + missing == server.added
    assert found(watch, server) == 0


def test_what_was_trimmed_before_the_lane_began_is_found_at_the_first_look() -> None:
    server = Server()
    server.add(10)
    server.read(3)
    server.trim_to(4)
    finding = Watch().look(server.state())
    assert finding is not None
    assert (finding.entries, finding.go_back) == (3, False)
    assert "after 3-0, the oldest there is now is 7-0" in finding.what


def test_what_was_there_before_the_group_is_not_missing() -> None:
    server = Server()
    server.add(10)
    server.trim_to(4)
    server.given = None
    assert found(Watch(), server) == 0


def test_a_stream_of_which_nothing_is_left_says_so_too() -> None:
    server = Server()
    server.add(5)
    server.read(2)
    server.trim_to(0)
    finding = Watch().look(server.state())
    assert finding is not None
    assert finding.entries == 3
    assert "oldest" not in finding.what


def test_entries_that_are_read_twice_do_not_hide_missing_ones() -> None:
    server, watch = Server(), Watch()
    server.add(4)
    assert found(watch, server) == 0
    first = server.read(4)
    watch.given(first)
    watch.given(first[2:])
    server.add(6)
    watch.given([*first[3:], *server.read(1)])
    server.trim_to(2)
    assert found(watch, server) == 3


def test_while_anything_is_pending_nothing_is_called_missing() -> None:
    server, watch = Server(), Watch()
    found(watch, server)
    server.add(5)
    lost_answer = server.read(5)
    server.pending = 5
    assert found(watch, server) == 0
    watch.given(lost_answer)
    server.pending = 0
    assert found(watch, server) == 0


def test_what_others_were_given_is_not_called_missing_if_that_is_known() -> None:
    server, watch = Server(), Watch()
    found(watch, server)
    server.add(5)
    server.read(2)
    watch.others_read()
    watch.given(server.read(3))
    assert found(watch, server) == 0
    server.add(2)
    server.read(2)
    assert found(watch, server) == 2


def test_a_redis_that_counts_too_few_after_a_gap_is_not_believed() -> None:
    server, watch = Server(recounts=False), Watch()
    found(watch, server)
    server.add(10)
    server.trim_to(7)
    assert found(watch, server) == 3
    for _ in range(7):
        watch.given(server.read(1))
        assert found(watch, server) == 0


def test_a_group_that_was_set_back_is_a_break_and_reading_goes_on_from_there() -> None:
    server, watch = Server(), Watch()
    found(watch, server)
    server.add(9)
    watch.given(server.read(9))
    server.delivered, server.given = 5, 5
    finding = watch.look(server.state())
    assert finding == Finding(
        "the group stands at 5-0, before 9-0, which it was given: the stream lost its tail or was"
        " set back",
        None,
    )
    watch.given(server.read(9))
    assert found(watch, server) == 0


def test_a_group_that_stands_after_the_end_has_to_go_back() -> None:
    server, watch = Server(), Watch()
    server.add(3)
    found(watch, server)
    server.delivered, server.given = 99, None
    finding = watch.look(server.state())
    assert finding is not None
    assert (finding.entries, finding.go_back) == (None, True)
    server.delivered = 0
    assert found(watch, server) == 0


def test_a_redis_that_does_not_count_finds_nothing_missing_and_breaks_all_the_same() -> None:
    server, watch = Server(), Watch()
    server.add(9)
    uncounted = server.state()._replace(added=None, given=None)
    assert watch.look(uncounted) is None
    watch.given(server.read(9))
    assert watch.look(server.state()._replace(added=None, given=None)) is None
    broken = watch.look(uncounted)
    assert broken is not None
    assert broken.entries is None


def test_a_new_group_is_known_nothing_of() -> None:
    server, watch = Server(), Watch()
    server.add(9)
    found(watch, server)
    watch.given(server.read(9))
    watch.forget()
    assert found(watch, Server()) == 0


@pytest.mark.parametrize("text", ["0-0", "1740819601000-7", "1-18446744073709551615"])
def test_an_id_is_read_as_it_is_written(text: str) -> None:
    assert id_text(stream_id(text)) == id_text(stream_id(text.encode())) == text


def test_an_id_without_a_number_is_the_first_of_its_millisecond() -> None:
    assert stream_id("17") == (17, 0)


def xinfo(group: bytes, entries: Sequence[object] = ()) -> list[object]:
    ours = [b"name", group, b"last-delivered-id", b"3-1", b"entries-read", None, b"pel-count", 2]
    return [
        *(b"length", len(entries), b"last-generated-id", b"9-0", b"entries-added", 12),
        *(b"entries", list(entries), b"groups", [ours]),
    ]


def test_the_state_is_that_of_our_group() -> None:
    answer = xinfo(b"g", [[b"5-0", [b"data", b"{}"]]])
    assert state_from(answer, "g") == StreamState(
        length=1, added=12, first=(5, 0), last=(9, 0), delivered=(3, 1), given=None, pending=2,
        lag=None,
    )  # fmt: skip
    assert state_from(answer, "other") is None
    empty = state_from(xinfo(b"g"), "g")
    assert empty is not None
    assert empty.first is None
    assert empty.delivered > START
