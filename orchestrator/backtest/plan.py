"""What a command comes to once everything that it leaves open is looked up; kept for a resumption.

A topic grows, policies are activated and "7d ago" moves on: a command that goes on from a folder
goes on with what it found the first time.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from orchestrator.archive.moments import spans_between
from orchestrator.archive.source import DatedSource, Span
from orchestrator.backtest.order import Order
from orchestrator.backtest.resuming import write_whole
from orchestrator.comparison.labels import Labels
from orchestrator.comparison.pair import ALWAYS
from orchestrator.comparison.summary import (
    Gate,
    Header,
    PartitionSpan,
    PolicyIdentity,
    Start,
    StartKind,
)
from orchestrator.core.policy_records import PolicyText
from orchestrator.core.times import micros
from orchestrator.errors import CannotResume

PLAN = "plan.json"
KEY_BYTES = 32


class Range(Struct, frozen=True):
    """The range of event time that is asked for, and how long before it learners are watched."""

    since: datetime | None
    until: datetime | None
    warm_up: timedelta


class Plan(Struct, frozen=True, kw_only=True):
    """Everything that the result depends on, but for the records. `asked`: the command's own words.

    `hash_key`: what learners are hashed with. `gate`: once it is passed.
    """

    asked: list[str]
    source: str
    code_version: str
    base: PolicyText
    candidate: PolicyText
    spans: dict[int, Span]
    since: datetime | None
    until: datetime | None
    warm_up: timedelta
    tenants: tuple[str, ...]
    from_snapshot: list[int]
    hash_key: bytes
    gate: Gate | None = None

    def order(self, labels: Labels) -> Order:
        """What the processes are told."""
        return Order(
            base=self.base,
            candidate=self.candidate,
            spans=self.spans,
            since=ALWAYS if self.since is None else micros(self.since),
            until=None if self.until is None else micros(self.until),
            tenants=self.tenants,
            labels=labels,
            from_snapshot=frozenset(self.from_snapshot),
        )

    def header(self) -> Header:
        """What the report says of it."""
        return Header(
            source=self.source,
            base=_identity(self.base),
            candidate=_identity(self.candidate),
            code_version=self.code_version,
            start=self._start(),
            offsets=tuple(PartitionSpan(n, *span) for n, span in sorted(self.spans.items())),
            since=self.since,
            until=self.until,
            tenants=self.tenants,
            gate=self.gate,
        )

    def _start(self) -> Start:
        hours = self.warm_up / timedelta(hours=1)
        warmed = "" if self.since is None else f" Base alone decided the {hours:g} hours before."
        if self.from_snapshot:
            some = len(self.from_snapshot) < len(self.spans)
            where = f" in {len(self.from_snapshot)} of {len(self.spans)} partitions" if some else ""
            text = f"Learners began{where} with the states that the source knows.{warmed}"
            return Start(StartKind.SNAPSHOT, text, None if self.since is None else hours)
        if self.since is not None:
            text = f"Learners began without any state.{warmed}"
            return Start(StartKind.WARM_UP, text, hours)
        return Start(StartKind.NOTHING, "Learners began without any state, at the first record.")


def make_plan(
    source: DatedSource,
    base: PolicyText,
    candidate: PolicyText,
    asked: list[str],
    within: Range,
    tenants: tuple[str, ...],
    code_version: str,
) -> Plan:
    """Look up what is to be read. Raises what the source raises."""
    spans = spans_of(source, within)
    everything = source.spans()
    at_the_first = [n for n, span in spans.items() if span.begin == everything[n].begin]
    return Plan(
        asked=asked,
        source=source.name,
        code_version=code_version,
        base=base,
        candidate=candidate,
        spans=spans,
        since=within.since,
        until=within.until,
        warm_up=within.warm_up,
        tenants=tenants,
        from_snapshot=[n for n in at_the_first if source.states(n) is not None],
        hash_key=secrets.token_bytes(KEY_BYTES),
    )


def spans_of(source: DatedSource, within: Range) -> dict[int, Span]:
    """What is to be read of a source, the warm-up with it."""
    begin = None if within.since is None else within.since - within.warm_up
    return spans_between(source, begin, within.until)


def keep(plan: Plan, folder: Path) -> None:
    """Write the plan into the folder of a resumption."""
    write_whole(folder / PLAN, msgspec.json.encode(plan))


def kept(folder: Path, asked: list[str]) -> Plan | None:
    """The plan in the folder, if there is one. Raises CannotResume if it is another command's."""
    try:
        plan = msgspec.json.decode((folder / PLAN).read_bytes(), type=Plan)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, OSError) as error:
        raise CannotResume(
            f"{folder / PLAN} cannot be read: {error}. Take another folder."
        ) from None
    if plan.asked != asked:
        raise CannotResume(
            f"{folder} holds the work of another command, or of another version of a file that it "
            "names or of this program. Give the same ones again, or take another folder."
        )
    return plan


def forget(folder: Path) -> None:
    """Remove the plan and the checkpoints, which hold learners' ids and states."""
    for path in sorted(folder.glob("partition-*.checkpoint")):
        path.unlink()
    (folder / PLAN).unlink(missing_ok=True)


def _identity(text: PolicyText) -> PolicyIdentity:
    return PolicyIdentity(
        text.load_earlier().version,
        sha256(text.policy.encode()).hexdigest(),
        sha256(text.messages.encode()).hexdigest(),
    )
