"""What a worker's settings propose to try, and the end of what a worker has to undo."""

import structlog
from msgspec.structs import replace

from orchestrator.clock import Clock
from orchestrator.core.trial_records import TrialRow
from orchestrator.plan import kafka_settings, read_policy_text
from orchestrator.read_model.following import Following
from orchestrator.read_model.trial_control import end_canary, note
from orchestrator.settings import Settings
from orchestrator.trial.canaries import canary_of, propose_canary
from orchestrator.trial.shadows import propose_shadow

log = structlog.get_logger(__name__)

ELSEWHERE = "its policy came into force, or another one took its place"


class Proposals:
    """Made once, when the worker starts and the trials of the cluster are known."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Raises InvalidPolicy or InvalidGuardRails if a candidate cannot be used."""
        self._kafka = kafka_settings(settings)
        self._partitions = settings.topic_partitions
        self._clock = clock
        self._shadow = None
        if settings.shadow_policy_file is not None:
            self._shadow = read_policy_text(settings.shadow_policy_file, settings.messages_file)
            self._shadow.load()
        self._canary = canary_of(settings)

    async def make(self, cluster: Following) -> None:
        """Start what was never tried in this cluster. Raises StreamError."""
        if self._shadow is not None:
            await propose_shadow(
                self._kafka,
                self._partitions,
                self._shadow,
                cluster.policies.known,
                cluster.trials,
                self._clock.now(),
            )
        if self._canary is not None:
            await propose_canary(
                self._kafka,
                self._partitions,
                self._canary,
                cluster.policies.known,
                cluster.trials,
                self._clock.now(),
            )

    async def note_end(self, row: TrialRow) -> None:
        """Note the end of a trial that stands in each partition already. Raises StreamError."""
        await note(self._kafka, replace(row, ended_at=self._clock.now(), reason=ELSEWHERE))

    async def undo(self, row: TrialRow, reason: str) -> None:
        """End a canary that has broken a guard rail. Raises StreamError."""
        now = self._clock.now()
        await end_canary(self._kafka, self._partitions, row, reason, now, undone=True)
        log.warning("a canary was undone", trial=row.trial, version=row.version, reason=reason)
