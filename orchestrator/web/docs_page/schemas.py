"""A schema for a reader: what type it is of, within which bounds, and which fields it has."""

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.web.docs_page.markup import Markup, joined, prose, tag, text

Schema = Mapping[str, Any]

_BOUNDS = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "exclusiveMinimum": "> {}",
    "exclusiveMaximum": "< {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "pattern": "matching {}",
}


def type_of(schema: Schema) -> Markup:
    """The type in a phrase; other schemas are linked."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return tag("a", name, href=f"#schema-{name}")
    if "const" in schema:
        return tag("code", str(schema["const"]))
    if "enum" in schema:
        return _or(tag("code", str(value)) for value in schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema and "properties" not in schema:
            return _or(type_of(one) for one in schema[key])
    return _plain(schema)


def fields_of(schema: Schema) -> Markup:
    """A list of the fields, those of inner objects within them; nothing if there are none."""
    items = [
        _field(name, field, required=name in schema.get("required", ()))
        for name, field in schema.get("properties", {}).items()
    ]
    return tag("dl", *items, class_="fields") if items else Markup()


def definition(name: str, schema: Schema) -> Markup:
    """A named schema, to be unfolded."""
    described = schema.get("description")
    inner = joined(
        [
            tag("p", prose(described)) if described else Markup(),
            fields_of(schema) or tag("p", type_of(schema)),
        ]
    )
    # The place that links lead to is within, so that a browser unfolds it.
    content = tag("div", inner, id=f"schema-{name}")
    return tag("details", tag("summary", tag("code", name)), content)


def _plain(schema: Schema) -> Markup:
    given = schema.get("type", "anything")
    kind = " or ".join(given) if isinstance(given, list) else str(given)
    if kind == "array":
        return joined([text("list of "), type_of(schema.get("items", {}))])
    parts = [schema.get("format", kind)]
    parts += [words.format(schema[key]) for key, words in _BOUNDS.items() if key in schema]
    phrase = text(", ".join(parts))
    values = schema.get("additionalProperties")
    if kind == "object" and isinstance(values, dict):
        return joined([phrase, text(" of "), type_of(values)])
    return phrase


def _or(options: Iterator[Markup]) -> Markup:
    return Markup(" or ".join(options))


def _field(name: str, schema: Schema, *, required: bool) -> Markup:
    described = schema.get("description")
    return joined(
        [
            tag(
                "dt",
                tag("code", name),
                " ",
                type_of(schema),
                tag("span", " required", class_="required") if required else Markup(),
            ),
            tag(
                "dd",
                prose(described) if described else Markup(),
                *(fields_of(one) for one in _objects(schema)),
            ),
        ]
    )


def _objects(schema: Schema) -> Iterator[Schema]:
    """The objects that are written out within a field."""
    if "properties" in schema:
        yield schema
    for one in schema.get("anyOf", ()):
        if "properties" in one:
            yield one
