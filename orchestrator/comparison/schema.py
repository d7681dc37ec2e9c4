"""The JSON schema of a comparison, for whoever reads one with a program."""

from inspect import cleandoc
from typing import Any

import msgspec

from orchestrator.comparison.summary import FORMAT, Comparison


def comparison_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12; each object is described by its own definition."""
    schema = msgspec.json.schema(Comparison)
    for definition in schema["$defs"].values():
        definition["description"] = cleandoc(definition["description"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A comparison of two policies, format {FORMAT}",
        **schema,
    }
