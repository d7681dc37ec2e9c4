"""The trials of policies in this cluster: fed with the topic of the trials."""

from collections.abc import Mapping

import msgspec
import structlog

from orchestrator.core.trial_records import TrialKind, TrialRow, decode_trial
from orchestrator.stream.records import RawRecord

log = structlog.get_logger(__name__)


class KnownTrials:
    """`rows` by the trial's id, in the order in which they began."""

    def __init__(self) -> None:
        self._rows: dict[str, TrialRow] = {}

    @property
    def rows(self) -> Mapping[str, TrialRow]:
        """All that there ever were, by id."""
        return self._rows

    def running(self) -> list[TrialRow]:
        """Those that nobody has ended, the oldest first."""
        return [row for row in self._rows.values() if row.is_running]

    def of(self, kind: TrialKind, version: str) -> list[TrialRow]:
        """All of a kind that a version ever had, ended ones included."""
        rows = self._rows.values()
        return [row for row in rows if row.kind is kind and row.version == version]

    def on_record(self, record: RawRecord) -> None:
        """Take a trial's newest row; what has ended does not run again."""
        try:
            row = decode_trial(record.value or b"")
        except msgspec.DecodeError as error:
            log.warning("a row of the trials is unreadable", error=str(error))
            return
        before = self._rows.get(row.trial)
        if before is None or before.is_running or not row.is_running:
            self._rows[row.trial] = row
