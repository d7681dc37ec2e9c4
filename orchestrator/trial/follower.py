"""Reading the events from their beginning, for ever, and telling what the trials come to."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from orchestrator.clock import Clock
from orchestrator.comparison.guard_figures import figures_of
from orchestrator.comparison.guard_rails import Watch
from orchestrator.errors import UnknownPolicy
from orchestrator.read_model.trial_figures import TrialFigures
from orchestrator.stream.records import RawRecord
from orchestrator.stream.refusals import AWAY
from orchestrator.stream.restore import committed_reader
from orchestrator.topics import EVENTS
from orchestrator.trial.figures import added_up, comparison_of, stretches_of
from orchestrator.trial.partition import PartitionTrials, Stretch
from orchestrator.trial.texts import Texts

log = structlog.get_logger(__name__)

RECORDS = 5_000
"""In one go: some tenths of a second of work."""

RETRY_S = 1.0
TELL_EVERY_S = 2.0
SIGN_EVERY = timedelta(seconds=10)
"""Of life: told even where no figure is another."""

TELLING_SHARE = 10
"""What is told is made in at most this part of the time: it takes longer with more learners."""

READER = {"max_partition_fetch_bytes": 1024 * 1024}


class _Place(NamedTuple):
    """By partition, up to where the events are read; and what is still to be."""

    positions: Mapping[int, int]
    behind: int
    is_caught_up: bool


class Follower:
    """Reads until it is cancelled. Kafka's errors are waited out."""

    def __init__(
        self,
        client_settings: Mapping[str, Any],
        partitions: int,
        texts: Texts,
        *,
        clock: Clock,
        code_version: str,
        is_left_out: Callable[[str], bool],
        tell: Callable[[TrialFigures], None],
    ) -> None:
        """`clock`: the machine's, by which Kafka stamps its records.

        `tell` is called for each trial whose figures are others than before, every 2 s.
        """
        self._clock = clock
        self._settings = dict(client_settings)
        self._tps = [TopicPartition(EVENTS, number) for number in range(partitions)]
        self._texts = texts
        self._code_version = code_version
        self._tell = tell
        self._tell_at = 0.0
        self._told: dict[str, TrialFigures] = {}
        self._watches: dict[str, Watch] = {}
        self._breaches: dict[str, str] = {}
        self._looked: dict[str, datetime] = {}
        self._ends: dict[TopicPartition, int] = {}
        first = texts.policies.first
        self._partitions = {
            tp.partition: PartitionTrials(tp.partition, texts.policies.known, first, is_left_out)
            for tp in self._tps
        }

    async def run(self) -> None:
        """Follow, for ever."""
        while True:
            reader = committed_reader(self._settings, **READER)
            try:
                await reader.start()
                await self._follow(reader)
            except AWAY as error:
                log.warning("the events cannot be read from Kafka, trying again", error=repr(error))
                await asyncio.sleep(RETRY_S)
            finally:
                await reader.stop()

    async def _follow(self, reader: AIOKafkaConsumer) -> None:
        reader.assign(self._tps)
        begins = await reader.beginning_offsets(self._tps)
        for tp in self._tps:
            reader.seek(tp, max(begins[tp], self._partitions[tp.partition].position))
        while True:
            found = await reader.getmany(*self._tps, timeout_ms=500, max_records=RECORDS)
            for tp, records in found.items():
                await self._take(self._partitions[tp.partition], records)
            await self._tell_now_and_then(reader)

    async def _take(self, partition: PartitionTrials, records: list[RawRecord]) -> None:
        """A policy's text may be a moment behind the record that names it."""
        while True:
            try:
                partition.take(records)
            except UnknownPolicy as error:
                await self._texts.policies.wait_for(error.version)
            else:
                return

    async def _tell_now_and_then(self, reader: AIOKafkaConsumer) -> None:
        began = _now()
        if began < self._tell_at:
            return
        place = await self._place(reader)
        for trial in dict.fromkeys(t for p in self._partitions.values() for t in p.stretches):
            self._tell_of(trial, place)
        self._tell_at = _now() + max(TELL_EVERY_S, (_now() - began) * TELLING_SHARE)

    async def _place(self, reader: AIOKafkaConsumer) -> _Place:
        """How far the events are read. Under load there is always something that has just come."""
        ends: dict[TopicPartition, int] = await reader.end_offsets(self._tps)
        positions = {tp: await reader.position(tp) for tp in self._tps}
        behind = sum(max(0, ends[tp] - positions[tp]) for tp in self._tps)
        was_to_read, self._ends = self._ends or ends, ends
        return _Place(
            {tp.partition: position for tp, position in positions.items()},
            behind,
            all(positions[tp] >= end for tp, end in was_to_read.items()),
        )

    def _tell_of(self, trial: str, place: _Place) -> None:
        stretches = stretches_of(trial, self._partitions)
        runs = len(stretches) < len(self._tps) or any(s.end is None for s in stretches.values())
        if place.is_caught_up and runs:
            self._look_at_rails(trial, stretches)
            self._sign(trial)
        base = next(iter(self._partitions.values())).policy
        figures = TrialFigures(
            trial,
            place.behind,
            place.is_caught_up,
            is_whole=not runs,
            comparison=comparison_of(
                stretches,
                place.positions,
                self._texts.identity(base),
                self._texts.identity(next(iter(stretches.values())).version),
                self._code_version,
            ),
            breach=self._breaches.get(trial, ""),
            looked_at=self._looked.get(trial),
        )
        if figures != self._told.get(trial):
            self._told[trial] = figures
            self._tell(figures)

    def _sign(self, trial: str) -> None:
        now, before = self._clock.now(), self._looked.get(trial)
        if before is None or now - before >= SIGN_EVERY:
            self._looked[trial] = now

    def _look_at_rails(self, trial: str, stretches: Mapping[int, Stretch]) -> None:
        """Of a canary that runs, until it has broken one."""
        rails = next(iter(stretches.values())).rails
        runs = any(stretch.end is None for stretch in stretches.values())
        if rails is None or not runs or trial in self._breaches:
            return
        since = min(stretch.since_ms for stretch in stretches.values()) / 1000
        watch = self._watches.setdefault(trial, Watch(rails, since))
        whole = figures_of(*added_up(list(stretches.values())))
        breach = watch.look(self._clock.now().timestamp(), whole)
        if breach is not None:
            self._breaches[trial] = breach.sentence


def _now() -> float:
    return asyncio.get_running_loop().time()
