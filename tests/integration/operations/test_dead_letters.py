"""Dead letters on a real Kafka: listed, shown, replayed."""

from datetime import timedelta

import pytest

from orchestrator.clock import SystemClock
from orchestrator.core.actions import encode_action
from orchestrator.core.dead_letters import dead_letter
from orchestrator.core.event_codec import decode_event
from orchestrator.core.ids import learner_key
from orchestrator.core.refusals import Refusal
from orchestrator.stream.partitioner import partition_of
from orchestrator.stream.records import RawRecord, Record
from orchestrator.topics import ACTIONS_URGENT, DEAD_LETTERS, EVENTS
from tests.conftest import UniqueName
from tests.integration.operations.conftest import Cluster, Type, listed
from tests.unit.dead_letters.samples import alert, support

NOW = SystemClock().now()


@pytest.fixture
def stream(unique_name: UniqueName) -> str:
    """The beginning of the sources of one test."""
    return f"redis:{unique_name('sel')}:"


def letter(source: str, raw: bytes, reason: str = Refusal.MISSING_TENANT, hours: int = 0) -> Record:
    at = NOW - timedelta(hours=hours)
    return Record(*dead_letter(raw, reason, "it says so here", source, at))


def tenantless(number: int, learner: str = "learner-1") -> bytes:
    at = (NOW - timedelta(hours=9)).isoformat()
    return alert(id=f"alert-{number}", tenant_id=None, learner_id=learner, timestamp=at)


def replays(cluster: Cluster, topic: str, prefix: str) -> list[RawRecord]:
    """What replays of a test's dead letters have sent."""
    found = [
        (dict(record.headers).get("replayed-from"), record) for record in cluster.all_of(topic)
    ]
    return [record for source, record in found if source and source.startswith(prefix.encode())]


def test_the_newest_of_those_asked_for_are_listed(
    cluster: Cluster, type_in: Type, stream: str
) -> None:
    records = [letter(f"{stream}{n}-0", b"{}", hours=n) for n in range(5)]
    odd = letter(f"{stream}9-0", b"{", Refusal.MALFORMED_JSON, hours=1)
    cluster.put(DEAD_LETTERS, *records, odd, records[0])
    ask = ("dead-letters", "list", "--source-prefix", stream)

    found = listed(type_in(*ask, "--json", "--reason", Refusal.MISSING_TENANT))
    assert [each["source"] for each in found] == [f"{stream}{n}-0" for n in range(5)]
    assert [each["times"] for each in found] == [2, 1, 1, 1, 1]
    recent = listed(type_in(*ask, "--json", "--since", "150m"))
    assert {each["source"] for each in recent} == {f"{stream}{n}-0" for n in (0, 1, 2, 9)}

    table = type_in(*ask, "--limit", "2")
    assert len(table.stdout.splitlines()) == 3
    assert "6 dead letters; 2 are shown" in table.stderr


def test_one_is_shown_in_full(cluster: Cluster, type_in: Type, stream: str) -> None:
    cluster.put(DEAD_LETTERS, letter(f"{stream}1-0", tenantless(1)))
    shown = type_in("dead-letters", "show", f"{stream}1-0")
    assert shown.exit_code == 0
    assert tenantless(1).decode() in shown.stdout
    assert "DEFAULT_TENANT_ID" in shown.stdout
    none = type_in("dead-letters", "show", f"{stream}2-0")
    assert none.exit_code == 1
    assert f"no dead letter of '{stream}2-0'" in none.output


def test_what_is_an_event_now_is_sent_once_marked_and_not_sent_again(
    cluster: Cluster, type_in: Type, stream: str
) -> None:
    sources = [f"{stream}{n}-0" for n in range(4)]
    # A reason that no other test of this folder uses: a replay takes all that are asked for.
    reason = Refusal.UNKNOWN_DIALECT
    records = [letter(s, tenantless(n), reason, hours=4 - n) for n, s in enumerate(sources)]
    cluster.put(DEAD_LETTERS, *reversed(records))
    replay = ("dead-letters", "replay", "--reason", reason, "--since", "12h")

    dry = type_in(*replay, "--dry-run", DEFAULT_TENANT_ID="north")
    assert "4 would be replayed, 0 refused." in dry.output
    assert replays(cluster, EVENTS, stream) == []

    first = type_in(*replay, DEFAULT_TENANT_ID="north")
    sent = replays(cluster, EVENTS, stream)
    events = [decode_event(record.value or b"") for record in sent]
    # One learner's go to one partition, the oldest first, whatever their order in the topic.
    assert [event.id for event in events] == [f"alert-{n}" for n in range(4)]
    key = learner_key(events[0].tenant_id, events[0].learner_id)
    assert {(record.key, record.partition) for record in sent} == {(key, partition_of(key, 12))}
    assert events[0].tenant_id == "north"
    assert (first.exit_code, "4 replayed, 0 refused." in first.output) == (0, True)

    found = listed(type_in("dead-letters", "list", "--json", "--source-prefix", stream))
    assert all(each["replayed_at"] for each in found)
    again = type_in("dead-letters", "replay", "--source", sources[0], DEFAULT_TENANT_ID="north")
    assert "0 replayed, 0 refused." in again.output
    assert "1 left out" in again.output
    assert len(replays(cluster, EVENTS, stream)) == 4

    type_in("dead-letters", "replay", "--source", sources[0], "--again", DEFAULT_TENANT_ID="north")
    ids = [str(decode_event(each.value or b"").id) for each in replays(cluster, EVENTS, stream)]
    assert ids.count("alert-0") == 2


def test_what_is_still_refused_is_named_stays_open_and_the_exit_code_is_3(
    cluster: Cluster, type_in: Type, stream: str
) -> None:
    cut = Record(*dead_letter(b"x" * 99, Refusal.TOO_LARGE, "", f"{stream}2-0", NOW, whole_up_to=9))
    cluster.put(DEAD_LETTERS, letter(f"{stream}1-0", tenantless(1)), cut)
    for number, why in ((1, "refused again"), (2, "not replayed")):
        source = f"{stream}{number}-0"
        result = type_in("dead-letters", "replay", "--source", source)
        assert result.exit_code == 3
        assert f"{why}: {source}: " in result.output
        assert "0 replayed, 1 refused." in result.output
    found = listed(type_in("dead-letters", "list", "--json", "--source-prefix", stream))
    assert [each["replayed_at"] for each in found] == [None, None]


def test_one_that_is_refused_again_later_is_open_again(
    cluster: Cluster, type_in: Type, stream: str
) -> None:
    record, source = letter(f"{stream}1-0", tenantless(1)), f"{stream}1-0"
    # As the agents write them: into the partition of what they refuse, not of the key.
    elsewhere = (partition_of(source.encode(), 12) + 1) % 12
    ask = ("dead-letters", "replay", "--source", source)
    for _ in range(2):
        cluster.put(DEAD_LETTERS, record, partition=elsewhere)
        result = type_in(*ask, DEFAULT_TENANT_ID="north")
        assert (result.exit_code, "1 replayed" in result.output) == (0, True), result.output
    marks = [each for each in cluster.all_of(DEAD_LETTERS) if each.key == source.encode()]
    assert {each.partition for each in marks} == {elsewhere}
    assert ["replayed-at" in dict(each.headers) for each in marks] == [False, True, False, True]


def test_an_action_goes_back_to_its_topic_only_when_asked_for(
    cluster: Cluster, type_in: Type
) -> None:
    action = support(None)
    source = f"action:{action.action_id}"
    cluster.put(DEAD_LETTERS, letter(source, encode_action(action), Refusal.REJECTED))
    refused = type_in("dead-letters", "replay", "--source", source)
    assert refused.exit_code == 3
    assert "--actions" in refused.output
    assert replays(cluster, ACTIONS_URGENT, source) == []

    sent = type_in("dead-letters", "replay", "--source", source, "--actions")
    assert sent.exit_code == 0, sent.output
    assert "1 of them are actions" in sent.output
    (record,) = replays(cluster, ACTIONS_URGENT, source)
    assert record.value == encode_action(action)
    assert record.partition == partition_of(record.key or b"", 12)


def test_large_letters_are_replayed_whole(cluster: Cluster, type_in: Type, stream: str) -> None:
    sources = [f"{stream}{n}-0" for n in range(3)]
    padding = "x" * 900_000
    for number, source in enumerate(sources):
        at = (NOW - timedelta(minutes=5)).isoformat()
        raw = alert(id=f"large-{number}", tenant_id=None, timestamp=at, padding=padding)
        cluster.put(DEAD_LETTERS, letter(source, raw))
        result = type_in("dead-letters", "replay", "--source", source, DEFAULT_TENANT_ID="north")
        assert result.exit_code == 0, result.output
    ids = {decode_event(each.value or b"").id for each in replays(cluster, EVENTS, stream)}
    assert ids == {f"large-{number}" for number in range(3)}


def test_without_kafka_a_sentence_says_so(type_in: Type) -> None:
    result = type_in("dead-letters", "list", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:9")
    assert result.exit_code == 1
    assert "Is KAFKA_BOOTSTRAP_SERVERS right?" in result.output
