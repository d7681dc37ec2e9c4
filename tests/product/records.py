"""Records of the topics against what docs/asyncapi.json says of them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from aiokafka import TopicPartition
from jsonschema import Draft202012Validator

from orchestrator.core.dead_letters import ERASED_LEARNER, REPLAYED_AT
from orchestrator.core.erasures import is_erasure
from orchestrator.core.policy_records import CONTROL_KEY
from orchestrator.operations.asyncapi.messages import JSON, MESSAGES
from orchestrator.operations.contract import asyncapi_document
from orchestrator.read_model.trial_figures import FIGURES
from orchestrator.stream.records import RawRecord
from orchestrator.stream.restore import restore
from orchestrator.topics import DEAD_LETTERS, EVENTS, TOPICS, TRIALS

DOCUMENT = asyncapi_document()
COMPONENTS = DOCUMENT["components"]


class Checked(NamedTuple):
    """How many records of each message there were, and what was wrong with some."""

    counts: Counter[str]
    faults: list[str]


async def held_against_the_document(bootstrap: str, partitions: int) -> Checked:
    """All records that stand in the topics now, of which each has so many partitions."""
    checked = Checked(Counter(), [])

    def check(topic: str, _partition: int, records: list[RawRecord]) -> None:
        for record in records:
            name = message_of(topic, record)
            checked.counts[name] += 1
            checked.faults.extend(f"{topic}: {fault}" for fault in faults_of(name, record))

    places = [
        TopicPartition(spec.name, number)
        for spec in TOPICS
        for number in range(spec.partitions or partitions)
    ]
    await restore({"bootstrap_servers": bootstrap}, places, check)
    return checked


def message_of(topic: str, record: RawRecord) -> str:
    """Which of the channel's messages a record is."""
    names: list[str] = list(DOCUMENT["channels"][topic]["messages"])
    if len(names) == 1:
        return names[0]
    if topic == EVENTS:
        return _control_of(record) if record.key == CONTROL_KEY else names[0]
    if topic == TRIALS:
        return names[(record.key or b"").endswith(FIGURES.encode())]
    if topic == DEAD_LETTERS:
        given = dict(record.headers)
        return names[(REPLAYED_AT in given) + (ERASED_LEARNER in given)]
    return names[is_erasure(record.headers)]


def _control_of(record: RawRecord) -> str:
    """The message of a control record: POLICY_ACTIVATED is PolicyActivated."""
    kind: str = msgspec.json.decode(record.value or b"")["type"]
    return kind.title().replace("_", "")


def faults_of(name: str, record: RawRecord) -> Iterator[str]:
    """What is not as the document says."""
    said = COMPONENTS["messages"][name]
    headers: Mapping[str, Any] = said.get("headers", {"properties": {}, "required": []})
    given = {header for header, _ in record.headers}
    if unknown := given - set(headers["properties"]):
        yield f"{name} has headers that are not told of: {sorted(unknown)}"
    if missing := set(headers["required"]) - given:
        yield f"{name} lacks headers: {sorted(missing)}"
    if MESSAGES[name].content_type == JSON:
        payload = None if record.value is None else msgspec.json.decode(record.value)
        schema = {**said["payload"], "components": COMPONENTS}
        for error in Draft202012Validator(schema).iter_errors(payload):
            yield f"{name}: {error.message[:500]}"
