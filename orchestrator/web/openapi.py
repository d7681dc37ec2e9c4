"""The OpenAPI 3.1 document of the HTTP API, made of what the views say of themselves."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from orchestrator.web.answers import ApiView
from orchestrator.web.caller import Scope
from orchestrator.web.operation import Answer, Link, Operation, Parameter, title_of
from orchestrator.web.problems import ProblemDocument

SCHEMAS = "#/components/schemas/{model}"
PROBLEM = "application/problem+json"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

TAGS = {
    "events": "Send an event by hand, and see what it calls for.",
    "learners": "What is remembered of one learner, and why it was decided so.",
    "history": "What became of events and actions of late.",
    "operations": "How the cluster is, in words and figures.",
    "contract": "This document, and the page that shows it.",
}

EVERYWHERE = {
    400: "The request is not HTTP that can be read, or its body is not JSON.",
    401: "No token, or one that nobody knows.",
    403: "The token's scope does not cover this; or, while no tokens are set, the request does "
    "not come from this machine.",
    429: "The token asks more often than API_RATE and API_BURST allow, or too many wrong tokens "
    "come from this address. The Retry-After header says how many seconds to wait.",
    500: "The orchestrator failed to answer; its log says why.",
}
"""Problems that any address may answer."""

DESCRIPTION = (
    "The orchestrator decides what a child's learning events call for, and sees to it that it "
    "happens. Every error is a problem document (RFC 9457) whose `detail` says what to do, and "
    "whose `errors` names every wrong field. Unknown query parameters are errors. Any worker of a "
    "cluster can be asked anything. Bodies over 1,000,000 bytes are refused."
)

_Key = tuple[str, JsonSchemaMode]
_Schemas = Mapping[_Key, Any]

_PROBLEM: _Key = (repr(ProblemDocument), "validation")


class WithoutTitles(GenerateJsonSchema):
    """Fields are known by their names; a title that repeats the name says nothing."""

    def field_title_should_be_set(self, _schema: Any) -> bool:
        """Never."""
        return False


def openapi(views: Iterable[type[ApiView]], version: str) -> dict[str, Any]:
    """The document: each operation of each view, and the schemas of all that is sent and answered.

    The same for the same views, whatever is set. Raises ValueError naming a view that has a method
    and says nothing of it.
    """
    named = {view.view_name: view for view in views}
    rows = [
        (view, method, operation) for view in named.values() for method, operation in _all_of(view)
    ]
    schemas, definitions = _schemas(operation for _, _, operation in rows)
    paths: dict[str, Any] = {}
    for view, method, operation in rows:
        made = _operation(view, method, operation, schemas, named)
        paths.setdefault(path_of(view), {})[method.lower()] = made
    return {
        "openapi": "3.1.0",
        "info": {"title": "AIVO orchestrator", "version": version, "description": DESCRIPTION},
        "tags": [{"name": name, "description": words} for name, words in TAGS.items()],
        "paths": paths,
        "components": {"schemas": definitions, "securitySchemes": {"token": _token()}},
    }


def path_of(view: type[ApiView]) -> str:
    """The view's path as OpenAPI writes it, without the patterns of its parameters."""
    return re.sub(r"\{(\w+):[^}]*\}", r"{\1}", view.view_path)


def operation_id(view: type[ApiView], method: str) -> str:
    """The operation's name in clients that are made from the document."""
    return f"{method.lower()}_{view.view_name}".replace("-", "_")


def _all_of(view: type[ApiView]) -> Iterable[tuple[str, Operation]]:
    own = {name for name in METHODS if _is_own(view, name.lower())}
    if own != set(view.operations):
        differing = ", ".join(sorted(own ^ set(view.operations)))
        raise ValueError(f"{view.__name__}: its methods and its operations differ in {differing}.")
    return view.operations.items()


def _is_own(view: type[ApiView], method: str) -> bool:
    """Whether the view implements the method, which Faust's own view has in name."""
    ours = view.__mro__[: view.__mro__.index(ApiView)]
    return any(method in vars(kind) for kind in ours)


def _schemas(operations: Iterable[Operation]) -> tuple[_Schemas, dict[str, Any]]:
    """Each type's schema by (its repr, how it is used), and the definitions that they refer to."""
    used: dict[_Key, Any] = {_PROBLEM: ProblemDocument}
    for operation in operations:
        for parameter in operation.parameters:
            used[_key(parameter.type, "validation")] = parameter.type
        if operation.body is not None:
            used[_key(operation.body.model, "validation")] = operation.body.model
        for answer in operation.answers.values():
            if answer.model is not None:
                used[_key(answer.model, "serialization")] = answer.model
    asked = [(name, mode, TypeAdapter(kind)) for (name, mode), kind in used.items()]
    found, whole = TypeAdapter.json_schemas(
        asked, ref_template=SCHEMAS, schema_generator=WithoutTitles
    )
    return found, dict(sorted(whole.get("$defs", {}).items()))


def _key(kind: Any, mode: JsonSchemaMode) -> _Key:
    return repr(kind), mode


def _operation(
    view: type[ApiView],
    method: str,
    operation: Operation,
    schemas: _Schemas,
    named: Mapping[str, type[ApiView]],
) -> dict[str, Any]:
    scope = view.scopes.get(method)
    made: dict[str, Any] = {
        "operationId": operation_id(view, method),
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": _with_scope(operation.description, scope),
        "parameters": [_parameter(one, schemas) for one in operation.parameters],
        "security": [] if scope is None else [{"token": [str(scope)]}, {}],
    }
    if operation.body is not None:
        body = operation.body
        schema = schemas[_key(body.model, "validation")]
        examples = {name: {"value": value} for name, value in body.examples.items()}
        content = {"application/json": {"schema": schema, "examples": examples}}
        made["requestBody"] = {"required": True, "content": content}
    made["responses"] = _responses(operation, schemas, named)
    return made


def _with_scope(description: str, scope: Scope | None) -> str:
    words = "Open to everybody." if scope is None else f"With tokens set, needs scope `{scope}`."
    return f"{description} {words}".strip()


def _parameter(parameter: Parameter, schemas: _Schemas) -> dict[str, Any]:
    made = {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.required,
        "description": parameter.description,
        "schema": schemas[_key(parameter.type, "validation")],
    }
    return made if parameter.sent is None else made | {"example": parameter.sent}


def _responses(
    operation: Operation, schemas: _Schemas, named: Mapping[str, type[ApiView]]
) -> dict[str, Any]:
    answers = {
        status: _answer(answer, schemas, named) for status, answer in operation.answers.items()
    }
    problem = schemas[_PROBLEM]
    for status, words in {**EVERYWHERE, **operation.problems}.items():
        content = {PROBLEM: {"schema": problem}}
        if status in answers:  # an address that answers a state by the same status, as a probe does
            answers[status].setdefault("content", {}).update(content)
            continue
        answers[status] = {
            "description": f"{title_of(status)}. {words}",
            "content": content,
        }
    return {str(status): answers[status] for status in sorted(answers)}


def _answer(
    answer: Answer, schemas: _Schemas, named: Mapping[str, type[ApiView]]
) -> dict[str, Any]:
    made: dict[str, Any] = {"description": answer.description}
    if answer.headers:
        made["headers"] = {
            name: {"description": words, "schema": {"type": "string"}}
            for name, words in answer.headers.items()
        }
    is_model = answer.model is not None
    schema = schemas[_key(answer.model, "serialization")] if is_model else {"type": "string"}
    made["content"] = {answer.content_type: {"schema": schema}}
    if answer.links:
        made["links"] = {name: _link(link, named) for name, link in answer.links.items()}
    return made


def _link(link: Link, named: Mapping[str, type[ApiView]]) -> dict[str, Any]:
    return {
        "operationId": operation_id(named[link.view], "GET"),
        "description": link.description,
        "parameters": dict(link.parameters),
    }


def _token() -> dict[str, Any]:
    return {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of API_TOKENS; `orchestrator token new` makes one. Its scopes are "
        "any of read, trigger and admin. While no tokens are set, this machine alone may ask.",
    }
