"""For how long nobody has looked at the guard rails of a canary, as far as a worker has heard.

Each worker counts by its own clock, from when it last heard a new sign: no two clocks are compared,
and a worker that has just started gives whoever watches as long as every other one.
"""

from collections.abc import Callable
from datetime import datetime

from orchestrator.core.trial_records import TrialKind
from orchestrator.read_model.trials import KnownTrials

TOLD_AFTER_S = 180.0
"""So long without a sign is told: a takeover may have to read a long topic first."""

ENDS_AFTER_S = 900.0
"""So long, and the canary ends: what nobody watches must not go on deciding for children."""


class Vigil:
    """Listens for the signs in the figures of the trials (`looked_at`)."""

    def __init__(self, trials: KnownTrials, monotonic: Callable[[], float]) -> None:
        """`monotonic`: seconds."""
        self._trials = trials
        self._monotonic = monotonic
        self._heard: dict[str, tuple[datetime | None, float]] = {}

    def unwatched_s(self) -> dict[str, float]:
        """By canary that runs: the seconds since a new sign, or since it became known.

        To be asked every now and then: what came in between is taken as heard when it is asked.
        """
        now = self._monotonic()
        running = [row.trial for row in self._trials.running(TrialKind.CANARY)]
        heard = {trial: self._heard_of(trial, now) for trial in running}
        self._heard = heard
        return {trial: now - at for trial, (_, at) in heard.items()}

    def _heard_of(self, trial: str, now: float) -> tuple[datetime | None, float]:
        figures = self._trials.figures.get(trial)
        sign = None if figures is None else figures.looked_at
        before = self._heard.get(trial)
        return (sign, now) if before is None or before[0] != sign else before
