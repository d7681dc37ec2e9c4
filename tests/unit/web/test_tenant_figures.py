"""GET /stats for whoever is bound to a tenant."""

from orchestrator.core.trial_records import TrialKind, TrialRow, encode_trial
from orchestrator.history.rows import TenantFigures
from orchestrator.read_model.trials import KnownTrials
from orchestrator.web.tenant_figures import of_tenant
from orchestrator.web.trials_shown import trials_shown
from tests.functional.web.house import NOON, STATISTICS
from tests.unit.core.samples import START
from tests.unit.stream.samples import record

FOUND = TenantFigures(
    events={"decided": 7, "duplicate": 2, "late": 1},
    events_in_flight=3,
    actions={"GAME_BREAK": 4, "SEL_INTERVENTION": 1},
    ended={"delivered": 2, "expired": 1},
    active_learners=2,
    total_learners=5,
    newest=NOON,
)


def test_what_is_the_tenants_is_counted_and_balances() -> None:
    found = of_tenant(STATISTICS, FOUND)
    assert found.total_events_received == 13
    assert (found.total_events_processed, found.duplicates, found.late) == (7, 2, 1)
    assert (found.events_in_flight, found.dead_letters) == (3, 0)
    assert (found.game_breaks_scheduled, found.sel_interventions_triggered) == (4, 1)
    assert (found.level_suggestions_sent, found.learning_path_updates) == (0, 0)
    assert (found.actions_delivered, found.actions_expired, found.actions_rejected) == (2, 1, 0)
    assert found.actions_pending == 2
    assert (found.total_learners, found.active_learners) == (5, 2)


def test_what_is_the_clusters_stays() -> None:
    found = of_tenant(STATISTICS, FOUND)
    assert (found.workers, found.policy_version, found.uptime_seconds) == (2, "p1", 12.5)


def canary_of_two() -> KnownTrials:
    trials = KnownTrials()
    row = TrialRow("canary-a-1", TrialKind.CANARY, "a", START, tenants=("oak", "elm"))
    trials.on_record(record(0, encode_trial(row), key=b"canary-a-1"))
    return trials


def test_nothing_of_other_tenants_is_left_in_it() -> None:
    nothing = TenantFigures({}, 0, {}, {}, 0, 0, None)
    of_cluster = {"is_initialized", "uptime_seconds", "policy_version", "workers"}
    figures = STATISTICS.model_copy(update={"trials": trials_shown(canary_of_two())})
    assert len(figures.trials) == 1
    left = of_tenant(figures, nothing).model_dump(exclude=of_cluster)
    assert left.pop("trials") == ()
    assert set(left.values()) == {0, None}
