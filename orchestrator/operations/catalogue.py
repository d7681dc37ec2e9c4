"""Which dead letters there are: one a source, and whether it was replayed since."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from orchestrator.operations.letters import Letter, Replayed, read_letter
from orchestrator.stream.records import RawRecord


class Wanted(NamedTuple):
    """Which dead letters are asked for; None asks for all."""

    reason: str | None = None
    source: str | None = None
    source_prefix: str | None = None
    since: datetime | None = None

    def is_met_by(self, letter: Letter) -> bool:
        """Whether the letter is one of them."""
        return (
            self.reason in (None, letter.reason)
            and self.source in (None, letter.source)
            and letter.source.startswith(self.source_prefix or "")
            and (self.since is None or letter.at >= self.since)
        )


class Listed(NamedTuple):
    """A dead letter; `replayed_at` None: not since it was refused (again); `times`: how often."""

    letter: Letter
    replayed_at: datetime | None = None
    times: int = 1


class Catalogue:
    """Made from the topic's records, each partition's in the order of its offsets.

    A source that is refused again after it was replayed is open again: the last word counts, and a
    mark speaks of the letter that was replayed, not of one that came between it and the mark.
    """

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._by_source: dict[str, Listed] = {}

    def take(self, records: Iterable[RawRecord]) -> None:
        """Take note of more records."""
        for record in records:
            found = read_letter(record)
            if isinstance(found, Replayed):
                self._mark(found)
            elif self._wanted.is_met_by(found):
                before = self._by_source.get(found.source)
                times = 1 if before is None else before.times + 1
                self._by_source[found.source] = Listed(found, times=times)

    def oldest_first(self) -> list[Listed]:
        """All that were asked for, by when they were refused."""
        return sorted(self._by_source.values(), key=_moment)

    def newest_first(self) -> list[Listed]:
        """The other way round."""
        return sorted(self._by_source.values(), key=_moment, reverse=True)

    def _mark(self, mark: Replayed) -> None:
        listed = self._by_source.get(mark.source)
        if listed is not None and _speaks_of(mark, listed.letter):
            self._by_source[mark.source] = listed._replace(replayed_at=mark.at)


def _speaks_of(mark: Replayed, letter: Letter) -> bool:
    if mark.offset is None or mark.partition != letter.partition:
        return True
    return letter.offset <= mark.offset


def _moment(listed: Listed) -> tuple[datetime, str]:
    return listed.letter.at, listed.letter.source
