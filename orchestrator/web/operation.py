"""How a view says what it takes and answers: the rows that /openapi.json is made from."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

JSON = "application/json"
HTML = "text/html"

Identifier = Annotated[str, Field(min_length=1, max_length=128)]
"""An id of a learner, a tenant or an event, as in an event."""


class Parameter(NamedTuple):
    """One parameter. `type`: any type that pydantic knows, with its bounds.

    `sent`: what a ready-made call (the example on the page) gives; None leaves the parameter out.
    """

    name: str
    description: str
    type: Any = str
    where: Literal["path", "query", "header"] = "query"
    required: bool = False
    sent: str | None = None


class Body(NamedTuple):
    """What is sent as JSON. `examples`: bodies by name; the first goes into the ready-made call."""

    model: Any
    examples: Mapping[str, Any]


class Link(NamedTuple):
    """Where to go on from an answer: the view, by its name, and what it is asked with.

    `parameters` are runtime expressions of OpenAPI ("$request.body#/learner_id").
    """

    view: str
    description: str
    parameters: Mapping[str, str]


class Answer(NamedTuple):
    """One answer that is no error. `model` None: text of the `content_type`, or nothing."""

    description: str
    model: Any = None
    content_type: str = JSON
    headers: Mapping[str, str] = {}
    links: Mapping[str, Link] = {}


class Operation(NamedTuple):
    """What one method of a view takes and answers.

    `problems`: the statuses that are answered by a problem document, each with when. Those that
    every address has (400, 401, 403, 500) are added where the document is made.
    """

    summary: str
    tag: str
    answers: Mapping[int, Answer]
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    problems: Mapping[int, str] = {}
    description: str = ""


LEARNER_ID = Parameter(
    "learner_id",
    "The learner, percent-encoded.",
    Identifier,
    "path",
    required=True,
    sent="learner-123",
)
TENANT_ID = Parameter(
    "tenant_id",
    "The learner's tenant; a learner's id is unique within it alone.",
    Identifier,
    required=True,
    sent="tenant-456",
)

WRONG_QUERY = "A parameter is missing, unknown, given twice, or not as it should be; each is named."
NOBODY_KNOWS = (
    "For now nobody can say: the learner is on the way to another worker, or that worker does not "
    "answer. `Retry-After` says when to ask again."
)
OTHER_TENANT = "The token is bound to another tenant."


def title_of(status: int) -> str:
    """The standard's words for a status."""
    return HTTPStatus(status).phrase
