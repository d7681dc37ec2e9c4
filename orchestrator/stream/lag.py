"""How far a partition is behind."""

from typing import NamedTuple


class Lag(NamedTuple):
    """Of a partition that is read here: `records` that are not done.

    `oldest_ms`: when the oldest of those that are fetched was written, in ms; None: there is none.
    """

    topic: str
    partition: int
    records: int
    oldest_ms: int | None


class Progress(NamedTuple):
    """Of a partition that is read here: all before `done` is done; `has_work`: there is more."""

    topic: str
    partition: int
    done: int
    has_work: bool
