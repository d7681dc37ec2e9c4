"""Which dead letters there are: one a source, and whether it was replayed since."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from orchestrator.core.dead_letters import learner_hash
from orchestrator.core.ids import learner_key
from orchestrator.dead_letters.letters import Erased, Letter, Replayed, read_letter
from orchestrator.stream.records import RawRecord

Place = tuple[datetime, int, int]
"""A letter's place in the order of all."""


class Wanted(NamedTuple):
    """Which dead letters are asked for; None asks for all.

    `since` is the first moment, `until` the first one too late. A letter is of a `tenant` if it
    names that one and no other.
    """

    reason: str | None = None
    source: str | None = None
    source_prefix: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    tenant: str | None = None

    def is_met_by(self, letter: Letter) -> bool:
        """Whether the letter is one of them."""
        return (
            self.reason in (None, letter.reason)
            and self.source in (None, letter.source)
            and letter.source.startswith(self.source_prefix or "")
            and (self.since is None or letter.at >= self.since)
            and (self.until is None or letter.at < self.until)
            and (self.tenant is None or letter.whose.tenants == (self.tenant,))
        )


class Listed(NamedTuple):
    """A dead letter; `replayed_at` None: not since it was refused (again); `times`: how often."""

    letter: Letter
    replayed_at: datetime | None = None
    times: int = 1


class Catalogue:
    """Made from the topic's records, each partition's in the order of its offsets.

    A source that is refused again after it was replayed is open again: the last word counts, and a
    mark speaks of the letter that was replayed, not of one that came between it and the mark. What
    stands before the erasure of its learner is not there any more.
    """

    def __init__(self, wanted: Wanted, default_tenant: str | None = None) -> None:
        """`default_tenant`: of learners whose letters name none."""
        self._wanted = wanted
        self._default_tenant = default_tenant
        self._by_source: dict[str, Listed] = {}
        self._erased: dict[tuple[int, str], int] = {}

    def take(self, records: Iterable[RawRecord]) -> None:
        """Take note of more records."""
        self.note(read_letter(record) for record in records)

    def note(self, found: Iterable[Letter | Replayed | Erased]) -> None:
        """Take note of what more records say."""
        for each in found:
            if isinstance(each, Replayed):
                self._mark(each)
            elif isinstance(each, Erased):
                self._erased[each.partition, each.learner] = each.offset
            elif self._wanted.is_met_by(each):
                before = self._by_source.get(each.source)
                times = 1 if before is None else before.times + 1
                self._by_source[each.source] = Listed(each, times=times)

    def oldest_first(self) -> list[Listed]:
        """All that were asked for, by when they were refused."""
        return sorted(self._remaining(), key=_moment)

    def newest_first(self) -> list[Listed]:
        """The other way round."""
        return sorted(self._remaining(), key=_moment, reverse=True)

    def _remaining(self) -> Iterator[Listed]:
        for listed in self._by_source.values():
            if not (self._erased and self._is_erased(listed.letter)):
                yield listed

    def _is_erased(self, letter: Letter) -> bool:
        """Whether any learner that the letter may be about was erased after it."""
        tenants = letter.whose.tenants or (self._default_tenant or "",)
        hashes = (
            learner_hash(learner_key(tenant, learner))
            for tenant in tenants
            for learner in letter.whose.learners
        )
        return any(
            letter.offset < self._erased.get((letter.partition, hashed), -1) for hashed in hashes
        )

    def _mark(self, mark: Replayed) -> None:
        listed = self._by_source.get(mark.source)
        if listed is not None and _speaks_of(mark, listed.letter):
            self._by_source[mark.source] = listed._replace(replayed_at=mark.at)


def _speaks_of(mark: Replayed, letter: Letter) -> bool:
    if mark.offset is None or mark.partition != letter.partition:
        return True
    return letter.offset <= mark.offset


def place_of(letter: Letter) -> Place:
    """Where the letter stands in the order of all: by when it was refused."""
    return letter.at, letter.partition, letter.offset


def _moment(listed: Listed) -> Place:
    return place_of(listed.letter)
