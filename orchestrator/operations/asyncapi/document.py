"""The document, put together from its tables."""

from typing import Any

import msgspec

from orchestrator.operations.asyncapi.channels import CHANNELS, Channel
from orchestrator.operations.asyncapi.messages import MESSAGES, Message, builtins
from orchestrator.operations.asyncapi.redis_streams import SENT, sent_event, sent_schema, streams
from orchestrator.topics import DAY_MS, MAX_MESSAGE_BYTES, TOPICS, TopicSpec

SCHEMAS = "#/components/schemas/{name}"
KAFKA = "0.5.0"
"""The version of AsyncAPI's Kafka bindings."""

DESCRIPTION = (
    "What the orchestrator reads and writes beside HTTP: Redis streams, on which producers write "
    "events, and Kafka topics. All of a learner's topics have the same number of partitions "
    "(TOPIC_PARTITIONS, 12 by default) and the same key, so all about a learner stands in "
    "partitions of one number, in order."
)


def asyncapi(version: str) -> dict[str, Any]:
    """The AsyncAPI 3.0 document. The same for the same code, whatever is set."""
    payloads, schemas = _schemas()
    messages = {name: _message(name, message, payloads[name]) for name, message in MESSAGES.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "AIVO orchestrator: events, decisions, actions",
            "version": version,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "localhost:9092",
                "protocol": "kafka",
                "description": "KAFKA_BOOTSTRAP_SERVERS",
            },
            "redis": {"host": "localhost:6379", "protocol": "redis", "description": "REDIS_URL"},
        },
        "channels": {**streams(), **{spec.name: _channel(spec) for spec in TOPICS}},
        "operations": _operations(),
        "components": {
            "messages": {SENT: sent_event(), **messages},
            "schemas": dict(sorted({SENT: sent_schema(), **schemas}.items())),
        },
    }


def _schemas() -> tuple[dict[str, Any], dict[str, Any]]:
    """The payload of each message by its name, and the definitions that they refer to."""
    types = {
        name: message.payload if isinstance(message.payload, tuple) else (message.payload,)
        for name, message in MESSAGES.items()
        if not isinstance(message.payload, dict)
    }
    flat = [kind for kinds in types.values() for kind in kinds]
    found, definitions = msgspec.json.schema_components(flat, ref_template=SCHEMAS)
    each = iter(found)
    payloads = {name: _any_of([next(each) for _ in kinds]) for name, kinds in types.items()}
    given = {name: message.payload for name, message in MESSAGES.items() if name not in types}
    return {**given, **payloads}, {name: _tidy(one) for name, one in definitions.items()}


def _any_of(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    if len(schemas) > 1:
        return {"anyOf": schemas}
    (schema,) = schemas
    if "discriminator" not in schema:
        return schema
    return {
        **schema,
        "discriminator": schema["discriminator"]["propertyName"],
    }  # not OpenAPI's form


def _tidy(schema: dict[str, Any]) -> dict[str, Any]:
    """A docstring's lines as one."""
    if "description" not in schema:
        return schema
    return {**schema, "description": " ".join(schema["description"].split())}


def _message(name: str, message: Message, payload: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": name,
        "summary": message.summary,
        "contentType": message.content_type,
        "payload": payload,
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": message.key},
                "bindingVersion": KAFKA,
            }
        },
    }
    if message.headers:
        made["headers"] = {
            "type": "object",
            "properties": {
                header: {"type": "string", "description": words}
                for header, words in message.headers.items()
            },
            "required": list(message.needed),
        }
    if message.example is not None:
        made["examples"] = [{"name": "one", "payload": builtins(message.example)}]
    return made


def _channel(spec: TopicSpec) -> dict[str, Any]:
    channel = CHANNELS[spec.name]
    kept: dict[str, Any] = {
        "cleanup.policy": ["compact" if spec.compact else "delete"],
        "max.message.bytes": MAX_MESSAGE_BYTES,
    }
    if spec.retention_days is not None:
        kept["retention.ms"] = spec.retention_days * DAY_MS
    bound: dict[str, Any] = {
        "topic": spec.name,
        "topicConfiguration": kept,
        "bindingVersion": KAFKA,
    }
    if spec.partitions is not None:
        bound["partitions"] = spec.partitions
    return {
        "address": spec.name,
        "description": channel.about,
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in channel.messages},
        "bindings": {"kafka": bound},
    }


def _operations() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for stream in streams():
        words = "The bridge reads what producers have written."
        made[f"read {stream}"] = _operation("receive", stream, (SENT,), words)
    for topic, channel in CHANNELS.items():
        made[f"write {topic}"] = _side("send", topic, channel, channel.writes)
        made[f"read {topic}"] = _side("receive", topic, channel, channel.reads)
    return made


def _side(action: str, topic: str, channel: Channel, words: str) -> dict[str, Any]:
    return _operation(action, topic, channel.messages, words)


def _operation(action: str, address: str, messages: tuple[str, ...], words: str) -> dict[str, Any]:
    channel = f"#/channels/{address}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "description": words,
        "messages": [{"$ref": f"{channel}/messages/{name}"} for name in messages],
    }
