"""GET /stats for whoever is bound to a tenant."""

from orchestrator.core.actions import ActionType, Outcome
from orchestrator.core.decide import DecisionOutcome
from orchestrator.history.rows import TenantFigures
from orchestrator.web.ports import Statistics


def of_tenant(cluster: Statistics, found: TenantFigures) -> Statistics:
    """The tenant's figures, as far back as the history goes; what is no tenant's is the cluster's.

    What could not be read as an event names no tenant for sure: there are no dead letters here. A
    trial is all tenants'.
    """
    events, actions, ended = found.events, found.actions, found.ended
    return cluster.model_copy(
        update={
            "total_events_received": sum(events.values()) + found.events_in_flight,
            "total_events_processed": events.get(DecisionOutcome.DECIDED, 0),
            "duplicates": events.get(DecisionOutcome.DUPLICATE, 0),
            "late": events.get(DecisionOutcome.LATE, 0),
            "dead_letters": 0,
            "events_in_flight": found.events_in_flight,
            "level_suggestions_sent": actions.get(ActionType.LEVEL_SUGGESTED, 0),
            "game_breaks_scheduled": actions.get(ActionType.GAME_BREAK, 0),
            "sel_interventions_triggered": actions.get(ActionType.SEL_INTERVENTION, 0),
            "learning_path_updates": actions.get(ActionType.LEARNING_PATH_UPDATE, 0),
            "actions_delivered": ended.get(Outcome.DELIVERED, 0),
            "actions_rejected": ended.get(Outcome.REJECTED, 0),
            "actions_expired": ended.get(Outcome.EXPIRED, 0),
            "actions_superseded": ended.get(Outcome.SUPERSEDED, 0),
            "actions_failed": ended.get(Outcome.FAILED, 0),
            "actions_erased": ended.get(Outcome.ERASED, 0),
            "actions_pending": sum(actions.values()) - sum(ended.values()),
            "active_learners": found.active_learners,
            "total_learners": found.total_learners,
            "last_event_processed_at": found.newest,
            "trials": (),
        }
    )
