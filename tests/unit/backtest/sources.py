"""Sources of a few lessons that know more, or are less dependable."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestrator.archive.source import Chunk, Span
from orchestrator.backtest.order import Order
from orchestrator.core.policy import load_policy
from orchestrator.core.policy_records import PolicyText
from tests.unit.backtest.explore.lessons import Lessons
from tests.unit.core.samples import MESSAGES_TOML, POLICY_TOML

BASE = PolicyText(POLICY_TOML, MESSAGES_TOML)
SOONER = PolicyText(POLICY_TOML.replace("after_minutes = 25", "after_minutes = 20"), MESSAGES_TOML)
"""Breaks come after 20 minutes instead of 25."""

VERSION = load_policy(POLICY_TOML, MESSAGES_TOML).version


@dataclass(frozen=True)
class Days:
    """Some school days, as a DatedSource. `rows`: states from before, of the first partition."""

    events: int = 4_000
    partitions: int = 3
    rows: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def lessons(self) -> Lessons:
        return Lessons(self.events, partitions=self.partitions)

    @property
    def name(self) -> str:
        return "some school days"

    def spans(self) -> dict[int, Span]:
        return self.lessons.spans()

    def policies(self) -> dict[str, tuple[str, str]]:
        return {VERSION: (POLICY_TOML, MESSAGES_TOML)}

    def chunks(self, partition: int, span: Span) -> Iterator[Chunk]:
        return self.lessons.chunks(partition, span)

    def first_at(self, partition: int, millis: int) -> int:
        return self.spans()[partition].begin

    def states(self, partition: int) -> dict[bytes, bytes] | None:
        return dict(self.rows) if self.rows and partition == 0 else None


@dataclass(frozen=True)
class Deadly(Days):
    """Kills its reader once, in the middle of a partition, if the file `mark` is not there yet."""

    mark: Path = Path()

    def chunks(self, partition: int, span: Span) -> Iterator[Chunk]:
        for number, chunk in enumerate(super().chunks(partition, span)):
            if partition == 1 and number == 2 and not self.mark.exists():
                self.mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            yield chunk


def order(source: Days, **changes: object) -> Order:
    """Sooner breaks against the policy of the repository, over all there is."""
    given: dict[str, object] = {"base": BASE, "candidate": SOONER, "spans": source.spans()}
    return Order(**(given | changes))  # type: ignore[arg-type]


def unheard(_more: int) -> None:
    """Nobody listens."""
