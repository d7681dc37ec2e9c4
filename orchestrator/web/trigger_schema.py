"""The trigger's body as a schema: one model a type of event, made of the events' own structs."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union

import msgspec
from msgspec import Struct
from msgspec.structs import fields
from pydantic import Field, WithJsonSchema, create_model

from orchestrator.core.events import Event, PublicEvent, SelData
from orchestrator.web.trigger_body import TriggerBody

Schema = dict[str, Any]

KINDS: tuple[type[Event], ...] = PublicEvent.__args__

NULL = {"type": "null"}

GENEROUS: Mapping[type[Struct], Mapping[str, Schema | None]] = {
    SelData: {
        "alert_type": {
            "not": NULL,
            "description": "anxiety, frustration, confidence or attention, in any case; whatever "
            "else it is counts as other, so that no alert is lost over its label",
            "examples": ["anxiety"],
        },
        "severity": {
            "description": "low, medium or high, in any case; absent, null or empty is medium; "
            "whatever else it is counts as high",
            "examples": ["high"],
        },
        "unknown_severity": None,
    }
}
"""Fields that are taken in more forms than their type says; None: ours, and not for producers."""

PROFILE: Schema = {
    "type": "object",
    "description": "The speech and language profile: any JSON, nested up to 32 levels.",
    "properties": {
        "communication_score": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, NULL]}
    },
}


def data_schema(kind: type[Event]) -> Schema:
    """What `data` of a type holds. Null is as good as absent; unknown fields are ignored."""
    shape = next(field.type for field in fields(kind) if field.name == "data")
    if not (isinstance(shape, type) and issubclass(shape, Struct)):
        return PROFILE
    _, known = msgspec.json.schema_components([shape], ref_template="{name}")
    schema = _plain(known[shape.__name__], known)
    for name, instead in GENEROUS.get(shape, {}).items():
        del schema["properties"][name]
        if instead is not None:
            schema["properties"][name] = instead
    if one_of := getattr(shape, "one_of", ()):
        schema["anyOf"] = [_with(schema["properties"], name) for name in one_of]
    return schema


def _plain(schema: Schema, known: Mapping[str, Schema]) -> Schema:
    """The schema without references, titles and defaults."""
    if "$ref" in schema:
        return _plain(known[schema["$ref"]], known)
    plain = {name: value for name, value in schema.items() if name not in {"title", "default"}}
    if "properties" in plain:
        plain["properties"] = {
            name: _field(part, known, required=name in schema.get("required", ()))
            for name, part in schema["properties"].items()
        }
    return plain


def _field(schema: Schema, known: Mapping[str, Schema], *, required: bool) -> Schema:
    plain = _plain(schema, known)
    if required or NULL in plain.get("anyOf", ()):
        return plain
    return {"anyOf": [plain, NULL]}


def _with(properties: Mapping[str, Schema], name: str) -> Schema:
    """An object that has the field, and not as null."""
    present = next(part for part in properties[name]["anyOf"] if part != NULL)
    return {"required": [name], "properties": {name: present}}


def _body(kind: type[Event]) -> Any:
    named: Any = Literal[str(kind.type)]
    data = Annotated[dict[str, Any], WithJsonSchema(data_schema(kind))]
    return create_model(
        f"{kind.__name__}Body", __base__=TriggerBody, __doc__=kind.__doc__, type=named, data=data
    )


TRIGGER_BODY: Any = Annotated[
    Union[tuple(_body(kind) for kind in KINDS)],  # noqa: UP007 - made of a table
    Field(discriminator="type"),
]
"""Any of the bodies, told apart by `type` (which is taken in any case)."""
