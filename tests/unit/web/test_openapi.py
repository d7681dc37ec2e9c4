"""The document of the HTTP API: whole, true to the views, and the same as the one in docs/."""

import json
from typing import Any, ClassVar

import pytest
from jsonschema import Draft202012Validator

from orchestrator.core.event_codec import event_from
from orchestrator.errors import InvalidEvent
from orchestrator.operations.contract import DOCS, openapi_document
from orchestrator.web.answers import ApiView
from orchestrator.web.caller import Scope
from orchestrator.web.openapi import openapi, path_of
from orchestrator.web.openapi_view import as_json
from orchestrator.web.operation import Answer, Operation
from orchestrator.web.routes import VIEWS

DOCUMENT = openapi_document()
OPERATIONS = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def test_the_committed_document_is_the_one_that_the_code_makes() -> None:
    committed = (DOCS / "openapi.json").read_bytes()
    assert committed == as_json(DOCUMENT), "run `orchestrator contract openapi --write`"


def test_every_view_is_in_it_with_every_method() -> None:
    shown = {(path, method.upper()) for path, method, _ in OPERATIONS}
    assert shown == {(path_of(view), method) for view in VIEWS for method in view.operations}
    assert shown == {(path_of(view), method) for view in VIEWS for method in view.scopes}


def test_a_method_of_which_a_view_says_nothing_is_refused() -> None:
    class Silent(ApiView):
        view_name = "silent"
        view_path = "/silent"
        scopes: ClassVar = {"GET": None}

        async def get(self, _request: object) -> None: ...

    with pytest.raises(ValueError, match="Silent: its methods and its operations differ in GET"):
        openapi([Silent], "1")


def test_what_a_view_says_of_a_method_that_it_has_not_is_refused() -> None:
    class Boastful(ApiView):
        view_name = "boastful"
        view_path = "/boastful"
        scopes: ClassVar = {"PUT": None}
        operations: ClassVar = {"PUT": Operation("", "events", {200: Answer("")})}

    with pytest.raises(ValueError, match="differ in PUT"):
        openapi([Boastful], "1")


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_operation_says_what_it_is_and_how_it_fails(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    assert operation["summary"]
    assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}
    named = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
    assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}
    problems = {
        status
        for status, answer in operation["responses"].items()
        if "application/problem+json" in answer["content"]
    }
    assert {"400", "401", "403", "500"} <= problems


def test_the_scope_of_an_operation_is_the_views() -> None:
    assert DOCUMENT["paths"]["/stats"]["get"]["security"] == [{"token": [str(Scope.READ)]}, {}]
    assert DOCUMENT["paths"]["/health"]["get"]["security"] == []


def test_every_reference_leads_somewhere() -> None:
    text = json.dumps(DOCUMENT)
    schemas = DOCUMENT["components"]["schemas"]
    for part in text.split('"$ref": "')[1:]:
        name = part.partition('"')[0].removeprefix("#/components/schemas/")
        assert name in schemas
    assert not [name for name in schemas if "__" in name], "two models have the same name"
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(ids) == len(set(ids))
    for _, _, operation in OPERATIONS:
        for answer in operation["responses"].values():
            for link in answer.get("links", {}).values():
                assert link["operationId"] in ids


TRIGGER = DOCUMENT["paths"]["/internal/trigger"]["post"]["requestBody"]["content"][
    "application/json"
]


def valid(body: object) -> bool:
    """By the schema of the trigger's body, in the document."""
    schema = {**TRIGGER["schema"], "components": DOCUMENT["components"]}
    is_valid: bool = Draft202012Validator(schema).is_valid(body)
    return is_valid


def taken(body: dict[str, Any]) -> bool:
    """By the core, with the id and the times that the trigger adds."""
    now = "2026-03-04T12:00:00Z"
    try:
        event_from({"id": "made", "timestamp": now} | body | {"received_at": now})
    except InvalidEvent:
        return False
    return True


@pytest.mark.parametrize("name", TRIGGER["examples"])
def test_the_examples_are_bodies(name: str) -> None:
    body = TRIGGER["examples"][name]["value"]
    assert valid(body)
    assert taken(body)


ODD: list[tuple[str, dict[str, Any]]] = [
    ("BASELINE_COMPLETE", {"overall_score": 1.0, "strengths": None}),
    ("BASELINE_COMPLETE", {"overall_score": 1.1}),
    ("BASELINE_COMPLETE", {"overall_score": None}),
    ("BASELINE_COMPLETE", {"overall_score": True}),
    ("BASELINE_COMPLETE", {"overall_score": 0.5, "strengths": ["a", 5]}),
    ("BASELINE_COMPLETE", {"overall_score": 0.5, "mood": "sunny"}),
    ("SLP_UPDATED", {}),
    ("SLP_UPDATED", {"communication_score": None, "words": {"many": [1]}}),
    ("SLP_UPDATED", {"communication_score": "0.5"}),
    ("SEL_ALERT", {"alert_type": 5, "severity": {"how": "bad"}}),
    ("SEL_ALERT", {"alert_type": None}),
    ("SEL_ALERT", {"alert_type": "gloom", "severity": None, "unknown_severity": 1}),
    ("COURSEWORK_ANALYZED", {"performance_metrics": {"accuracy": 0.5, "engagement": None}}),
    ("COURSEWORK_ANALYZED", {"performance_metrics": {"engagement": 0.5}}),
    ("COURSEWORK_ANALYZED", {"performance_metrics": {"accuracy": 1}, "session_duration": 601}),
    ("COURSEWORK_ANALYZED", {"performance_metrics": {"accuracy": 0}, "answers": [True, 1]}),
    ("ASSESSMENT_COMPLETE", {"score": 0.5, "percentile": 100, "assessment_type": None}),
    ("ASSESSMENT_COMPLETE", {"score": 0.5, "percentile": 100.5}),
    ("LEARNER_PROGRESS", {"performance_score": None, "engagement_score": 0.5}),
    ("LEARNER_PROGRESS", {"performance_score": None, "engagement_score": None}),
    ("LEARNER_PROGRESS", {}),
    ("ENGAGEMENT_LOW", {"engagement_score": None}),
    ("ENGAGEMENT_LOW", {"engagement_score": -0.1}),
]


@pytest.mark.parametrize(("kind", "data"), ODD)
def test_the_schema_takes_what_the_core_takes(kind: str, data: dict[str, Any]) -> None:
    body = {"type": kind, "tenant_id": "t", "learner_id": "l", "data": data}
    assert valid(body) == taken(body)
