"""The trials of policies in this cluster: fed with the topic of the trials."""

from collections.abc import Mapping

import structlog

from orchestrator.core.trial_records import TrialKind, TrialRow, decode_trial
from orchestrator.read_model.trial_figures import FIGURES, TrialFigures, decode_figures
from orchestrator.stream.records import RawRecord

log = structlog.get_logger(__name__)


class KnownTrials:
    """`rows` and `figures` by the trial's id, in the order in which they became known."""

    def __init__(self) -> None:
        self._rows: dict[str, TrialRow] = {}
        self._figures: dict[str, TrialFigures] = {}

    @property
    def rows(self) -> Mapping[str, TrialRow]:
        """All that there ever were, by id."""
        return self._rows

    @property
    def figures(self) -> Mapping[str, TrialFigures]:
        """What they have come to, as was told last."""
        return self._figures

    def is_over(self, trial: str) -> bool:
        """Whether a trial has ended, and all that was to be counted of it is."""
        row, figures = self._rows.get(trial), self._figures.get(trial)
        return row is not None and not row.is_running and figures is not None and figures.is_whole

    def running(self, kind: TrialKind | None = None) -> list[TrialRow]:
        """Those (of a kind) that nobody has ended, the oldest first."""
        rows = (row for row in self._rows.values() if row.is_running)
        return [row for row in rows if kind is None or row.kind is kind]

    def of(self, kind: TrialKind, version: str) -> list[TrialRow]:
        """All of a kind that a version ever had, ended ones included."""
        rows = self._rows.values()
        return [row for row in rows if row.kind is kind and row.version == version]

    def on_record(self, record: RawRecord) -> None:
        """Take a trial's newest row, or its newest figures; what has ended does not run again."""
        try:
            self._take((record.key or b"").decode(), record.value or b"")
        except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
            log.warning("a row of the trials is unreadable", error=str(error))

    def _take(self, key: str, raw: bytes) -> None:
        if key.endswith(FIGURES):
            self._figures[key.removesuffix(FIGURES)] = decode_figures(raw)
            return
        row = decode_trial(raw)
        before = self._rows.get(row.trial)
        if before is None or before.is_running or not row.is_running:
            self._rows[row.trial] = row
