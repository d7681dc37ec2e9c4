"""Lines that may come by the thousand."""

import logging

from orchestrator.observability.sparse import SameLineSeldom, Sparse


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_so_many_lines_are_said_in_a_period_and_the_next_one_counts_the_rest() -> None:
    time = Time()
    lines = Sparse(2, 60.0, time)

    assert [lines.admit() for _ in range(5)] == [{}, {}, None, None, None]
    time.now = 59.9
    assert lines.admit() is None
    time.now = 60.0
    assert lines.admit() == {"held_back": 4}
    assert lines.admit() == {}


def test_a_librarys_message_is_said_once_whatever_fills_it_in() -> None:
    seldom = SameLineSeldom()

    def said(text: str, *fills: object) -> bool:
        return seldom.filter(logging.LogRecord("a", logging.ERROR, "b", 1, text, fills, None))

    assert said("away: %s", 1)
    assert not said("away: %s", 2)
    assert said("full")
