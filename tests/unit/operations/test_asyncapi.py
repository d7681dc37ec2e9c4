"""The document of the streams and topics: whole, sound, and the same as the one in docs/."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from orchestrator.operations.asyncapi.messages import JSON, MESSAGES
from orchestrator.operations.contract import DOCS, asyncapi_document
from orchestrator.settings.table import EVENT_STREAMS
from orchestrator.topics import TOPICS
from orchestrator.web.openapi_view import as_json

DOCUMENT = asyncapi_document()
TOP = {
    "asyncapi",
    "info",
    "defaultContentType",
    "servers",
    "channels",
    "operations",
    "components",
}


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def found(reference: str) -> Any:
    """What a reference leads to. Raises KeyError where it leads nowhere."""
    place: Any = DOCUMENT
    for name in reference.removeprefix("#/").split("/"):
        place = place[name]
    return place


def test_the_committed_document_is_the_one_that_the_code_makes() -> None:
    committed = (DOCS / "asyncapi.json").read_bytes()
    assert committed == as_json(DOCUMENT), "run `orchestrator contract asyncapi --write`"


def test_every_stream_and_every_topic_is_a_channel_that_is_kept_as_the_table_says() -> None:
    channels = DOCUMENT["channels"]
    assert set(channels) == {*EVENT_STREAMS, *(spec.name for spec in TOPICS)}
    for spec in TOPICS:
        kept = channels[spec.name]["bindings"]["kafka"]["topicConfiguration"]
        assert kept["cleanup.policy"] == ["compact" if spec.compact else "delete"]
        days = None if spec.retention_days is None else spec.retention_days * 86_400_000
        assert kept.get("retention.ms") == days


def test_every_topic_is_written_and_read_and_every_stream_is_read() -> None:
    said = {(one["action"], one["channel"]["$ref"]) for one in DOCUMENT["operations"].values()}
    topics = {f"#/channels/{spec.name}" for spec in TOPICS}
    streams = {f"#/channels/{stream}" for stream in EVENT_STREAMS}
    assert {channel for action, channel in said if action == "send"} == topics
    assert {channel for action, channel in said if action == "receive"} == topics | streams


def test_every_reference_leads_somewhere() -> None:
    assert set(DOCUMENT) == TOP
    for reference in references(DOCUMENT):
        assert found(reference) is not None


def test_every_message_is_on_a_channel() -> None:
    used = {name for channel in DOCUMENT["channels"].values() for name in channel["messages"]}
    assert used == set(DOCUMENT["components"]["messages"])


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["messages"]))
def test_the_examples_are_messages(name: str) -> None:
    message = DOCUMENT["components"]["messages"][name]
    schema = {**message["payload"], "components": DOCUMENT["components"]}
    schema.pop("discriminator", None)
    Draft202012Validator.check_schema(schema)
    examples = message.get("examples", [])
    assert examples or MESSAGES[name].content_type != JSON
    for example in examples:
        Draft202012Validator(schema).validate(example["payload"])


def test_a_sent_event_needs_the_data_of_its_type() -> None:
    schema = {**DOCUMENT["components"]["schemas"]["SentEvent"]}
    event = dict(DOCUMENT["components"]["messages"]["SentEvent"]["examples"][0]["payload"])
    assert Draft202012Validator(schema).is_valid(event)
    assert not Draft202012Validator(schema).is_valid(event | {"data": {"severity": "high"}})
    assert not Draft202012Validator(schema).is_valid(event | {"type": "NOBODY_KNOWS"})
