"""`orchestrator ledger` on a Kafka in which things are not as they should be."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from orchestrator.cli import main
from orchestrator.core.actions import Outcome, Service, encode_action
from orchestrator.core.counters import DecideCounters, encode_counters
from orchestrator.core.ids import learner_key
from orchestrator.core.outcomes import ActionOutcome, encode_outcome
from orchestrator.delivery.rows import RowKeys, Waiting, encode_row
from orchestrator.embedded.kafka import EmbeddedKafka
from orchestrator.plan import topic_plans
from orchestrator.settings import load_settings
from orchestrator.stream.admin import ensure_topics
from orchestrator.stream.records import Record
from orchestrator.topics import (
    ACTIONS_URGENT,
    DELIVERIES_CHANGELOG,
    EVENTS,
    OUTCOMES,
    STATISTICS_CHANGELOG,
)
from tables.statistics import DECIDE_ROW, WAITING_ROWS
from tests.integration.operations.conftest import Cluster
from tests.unit.dead_letters.samples import support

ACTION = support()
KEY = learner_key(ACTION.tenant_id, ACTION.learner_id)
PARTITION = 3
SERVICE = Service.NOTIFICATION


@pytest.fixture
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Kafka of a test's own: nothing but what it writes is in the ledger."""
    with EmbeddedKafka(tmp_path_factory.mktemp("kafka")) as kafka:
        found = Cluster(kafka.bootstrap_servers)
        asyncio.run(ensure_topics(found.client_settings, topic_plans(load_settings({}))))
        yield found


def ledger(cluster: Cluster, within: float = 0) -> Result:
    settings = {"KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap}
    words = ["ledger", "--json", "--within", str(within)]
    return CliRunner().invoke(main, words, env=settings)


def row_of(result: Result, side: str) -> dict[str, Any]:
    told = json.loads(result.stdout)
    found = told["events"] if side == "events" else told["services"][side]
    row: dict[str, Any] = found["partitions"][PARTITION]
    assert found["total"]["unexplained"] == row["unexplained"]
    return row


def decided(count: int, **more: Any) -> Record:
    """The counters of a partition in which so many interventions were decided."""
    kinds = {str(ACTION.type): count} if count else {}
    return Record(DECIDE_ROW, encode_counters(DecideCounters(actions=kinds, **more)))


def outcome(serial: int) -> Record:
    fields = msgspec.structs.asdict(ACTION)
    known = {name: fields[name] for name in ActionOutcome.__struct_fields__ if name in fields}
    ended = ActionOutcome(
        **known,
        serial=serial,
        service=SERVICE,
        outcome=Outcome.DELIVERED,
        at=ACTION.created_at,
        attempts=1,
    )
    return Record(KEY, encode_outcome(ended))


def test_an_empty_cluster_balances(scratch: Cluster) -> None:
    result = ledger(scratch)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["balanced"]


def test_an_action_is_followed_from_its_decision_to_its_end(scratch: Cluster) -> None:
    def put(topic: str, *records: Record) -> None:
        scratch.put(topic, *records, partition=PARTITION)

    put(STATISTICS_CHANGELOG, decided(1))
    lost = ledger(scratch, within=2)
    assert lost.exit_code == 1
    assert row_of(lost, SERVICE)["unexplained"] == 1
    assert "notification-svc, partition 3: 1 have no end that is known" in lost.stderr

    # Twice, as after a crash of who decides.
    put(ACTIONS_URGENT, *[Record(KEY, encode_action(ACTION))] * 2)
    found = ledger(scratch)
    assert (found.exit_code, row_of(found, SERVICE)["in_flight"]) == (0, 1)

    put(STATISTICS_CHANGELOG, decided(2))
    row = encode_row(Waiting(ACTION.action_id, 7, encode_action(ACTION), 1, parked=True))
    waiting = RowKeys(SERVICE).waiting(KEY, ACTION.action_id)
    put(DELIVERIES_CHANGELOG, Record(waiting, row))
    found = ledger(scratch)
    assert (found.exit_code, row_of(found, SERVICE)["parked"]) == (0, 1)

    put(DELIVERIES_CHANGELOG, Record(waiting, None))
    put(STATISTICS_CHANGELOG, Record(WAITING_ROWS[SERVICE], b"1"))
    assert ledger(scratch).exit_code == 1

    put(OUTCOMES, outcome(1), outcome(1))
    found = ledger(scratch)
    assert found.exit_code == 0
    assert row_of(found, SERVICE)["outcomes"]["delivered"] == 1

    put(OUTCOMES, outcome(2))
    nothing = ledger(scratch)
    assert nothing.exit_code == 1
    assert row_of(nothing, SERVICE)["unexplained"] == -1
    assert "1 ended without having come in" in nothing.stderr


def test_an_event_that_was_passed_over_is_unexplained(scratch: Cluster) -> None:
    scratch.put(EVENTS, *[Record(KEY, b"{}")] * 5, partition=PARTITION)
    found = ledger(scratch)
    assert (found.exit_code, row_of(found, "events")["in_flight"]) == (0, 5)
    counters = decided(0, offset=4, decided=2, duplicates=1, late=1)
    scratch.put(STATISTICS_CHANGELOG, counters, partition=PARTITION)
    found = ledger(scratch)
    assert found.exit_code == 1
    row = row_of(found, "events")
    assert (row["received"], row["in_flight"], row["unexplained"]) == (5, 0, 1)
