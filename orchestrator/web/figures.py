"""The cluster's figures for /stats: the same on every worker, within a second."""

import asyncio

from orchestrator.clock import Clock
from orchestrator.core.actions import ActionType, Outcome
from orchestrator.core.refusals import Refusal
from orchestrator.core.times import micros, moment
from orchestrator.read_model.totals import Totals
from orchestrator.read_model.trials import KnownTrials
from orchestrator.stream.app import StreamApp
from orchestrator.stream.consumer import BatchConsumer
from orchestrator.stream.pulse import Pulse
from orchestrator.web.ports import Statistics
from orchestrator.web.trials_shown import trials_shown

OF_ACTIONS = frozenset({Refusal.REJECTED, Refusal.UNDELIVERABLE})
"""Reasons by which an action, not an event, became a dead letter."""


class Figures:
    """Implements the StatisticsSource port."""

    def __init__(
        self,
        app: StreamApp,
        *,
        totals: Totals,
        trials: KnownTrials,
        pulse: Pulse,
        clock: Clock,
    ) -> None:
        self._app = app
        self._totals = totals
        self._trials = trials
        self._pulse = pulse
        self._clock = clock
        self._since = asyncio.get_running_loop().time()

    def statistics(self) -> Statistics:
        """The present figures."""
        events = self._totals.decided()
        letters = self._totals.dead_letters()
        refused = sum(count for reason, count in letters.items() if reason not in OF_ACTIONS)
        waiting = max(0, self._pulse.end() - events.offset)
        ended = self._totals.outcomes()
        consumer = self._app.consumer
        assert isinstance(consumer, BatchConsumer)
        return Statistics(
            total_events_received=sum(
                (events.decided, events.duplicates, events.late, refused, waiting)
            ),
            total_events_processed=events.decided,
            duplicates=events.duplicates,
            late=events.late,
            dead_letters=refused,
            events_in_flight=waiting,
            level_suggestions_sent=events.actions.get(ActionType.LEVEL_SUGGESTED, 0),
            game_breaks_scheduled=events.actions.get(ActionType.GAME_BREAK, 0),
            sel_interventions_triggered=events.actions.get(ActionType.SEL_INTERVENTION, 0),
            learning_path_updates=events.actions.get(ActionType.LEARNING_PATH_UPDATE, 0),
            actions_delivered=ended[Outcome.DELIVERED],
            actions_rejected=ended[Outcome.REJECTED],
            actions_expired=ended[Outcome.EXPIRED],
            actions_superseded=ended[Outcome.SUPERSEDED],
            actions_failed=ended[Outcome.FAILED],
            actions_erased=ended[Outcome.ERASED],
            actions_pending=max(0, sum(events.actions.values()) - sum(ended.values())),
            active_learners=self._totals.active_learners(micros(self._clock.now())),
            total_learners=events.learners,
            is_initialized=consumer.is_open,
            uptime_seconds=round(asyncio.get_running_loop().time() - self._since, 3),
            last_event_processed_at=moment(events.newest) if events.newest else None,
            policy_version=events.policy,
            workers=consumer.members,
            trials=trials_shown(self._trials),
        )
