"""A ready-made call of an operation, as one would type it."""

import json
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

Operation = Mapping[str, Any]


def curl(method: str, path: str, operation: Operation) -> str:
    """The command, with the examples that the document gives; a token where one may be needed."""
    sent = {one["name"]: one for one in operation["parameters"] if "example" in one}
    for name, one in sent.items():
        if one["in"] == "path":
            path = path.replace(f"{{{name}}}", one["example"])
    query = {name: one["example"] for name, one in sent.items() if one["in"] == "query"}
    url = f"http://localhost:8080{path}" + (f"?{urlencode(query)}" if query else "")
    words = ["curl -s"]
    if method != "get":
        words.append(f"-X {method.upper()}")
    words.append(shlex.quote(url))
    lines = [" ".join(words)]
    if operation["security"]:
        lines.append("-H 'Authorization: Bearer '\"$TOKEN\"")
    body = _body(operation)
    if body is not None:
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d {shlex.quote(json.dumps(body, ensure_ascii=False))}")
    return " \\\n  ".join(lines)


def _body(operation: Operation) -> Any:
    if "requestBody" not in operation:
        return None
    (media,) = operation["requestBody"]["content"].values()
    return next(iter(media["examples"].values()))["value"]
