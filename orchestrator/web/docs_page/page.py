"""The page: what there is, group by group, and the schemas at its end."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestrator.web.docs_page.calls import curl
from orchestrator.web.docs_page.markup import Markup, joined, prose, tag
from orchestrator.web.docs_page.schemas import definition, type_of
from orchestrator.web.html import Document, source_of

STYLE = (Path(__file__).parent / "docs.css").read_text(encoding="utf-8")


def page_of(document: Mapping[str, Any]) -> Document:
    """The page of an OpenAPI document: no script, one style, and it fetches nothing."""
    info = document["info"]
    title = f"{info['title']} {info['version']}: HTTP API"
    head = joined(
        [
            Markup('<meta charset="utf-8">'),
            Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Markup('<meta name="color-scheme" content="light dark">'),
            tag("title", title),
            tag("style", Markup(STYLE)),
        ]
    )
    html = tag("html", tag("head", head), tag("body", *_body(document, title)), lang="en")
    return Document(f"<!doctype html>\n{html}\n".encode(), _policy())


def _policy() -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {source_of(STYLE)}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _body(document: Mapping[str, Any], title: str) -> Iterator[Markup]:
    yield tag("a", "To the contents", href="#contents", class_="skip")
    token = document["components"]["securitySchemes"]["token"]["description"]
    yield tag(
        "header",
        tag("h1", title),
        tag("p", prose(document["info"]["description"])),
        tag("p", tag("strong", "Access. "), prose(token)),
        tag(
            "p",
            "As a document for programs: ",
            tag("a", "/openapi.json", href="/openapi.json"),
            ". The page for operators: ",
            tag("a", "/", href="/"),
        ),
    )
    groups = {group["name"]: group["description"] for group in document["tags"]}
    yield tag("nav", *_contents(document, groups), aria_label="Contents", id="contents")
    sections = (_group(document, name, words) for name, words in groups.items())
    yield tag("main", *sections, _definitions(document))


def _operations(document: Mapping[str, Any], group: str) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if group in operation["tags"]:
                yield path, method, operation


def _contents(document: Mapping[str, Any], groups: Mapping[str, str]) -> Iterator[Markup]:
    for group in groups:
        items = [
            tag("li", tag("a", _badge(method), tag("code", path), href=f"#{one['operationId']}"))
            for path, method, one in _operations(document, group)
        ]
        yield tag("h2", group.capitalize())
        yield tag("ul", *items)
    yield tag("h2", tag("a", "Schemas", href="#schemas"))


def _badge(method: str) -> Markup:
    return tag("span", method.upper(), class_=f"method {method}")


def _group(document: Mapping[str, Any], name: str, words: str) -> Markup:
    operations = [_operation(*one) for one in _operations(document, name)]
    heading = tag("h2", name.capitalize(), id=f"group-{name}")
    return tag(
        "section", heading, tag("p", prose(words)), *operations, aria_labelledby=f"group-{name}"
    )


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Markup:
    name = operation["operationId"]
    return tag(
        "article",
        tag(
            "h3",
            _badge(method),
            tag("code", path),
            tag(
                "a",
                "#",
                href=f"#{name}",
                class_="anchor",
                aria_label=f"Link to {method.upper()} {path}",
            ),
        ),
        tag("p", tag("strong", f"{operation['summary']}. "), prose(operation["description"])),
        *_parameters(operation),
        *_sent(operation),
        tag("h4", "Answers"),
        tag("dl", *(_answer(*one) for one in operation["responses"].items()), class_="answers"),
        tag("h4", "Try it"),
        tag("pre", tag("code", curl(method, path, operation)), tabindex="0"),
        id=name,
    )


def _parameters(operation: Mapping[str, Any]) -> Iterator[Markup]:
    if operation["parameters"]:
        yield tag("h4", "Parameters")
        yield tag("dl", *map(_parameter, operation["parameters"]), class_="fields")


def _parameter(one: Mapping[str, Any]) -> Markup:
    required = tag("span", " required", class_="required") if one["required"] else Markup()
    where = tag("span", f" in {one['in']}, ", class_="where")
    head = tag("dt", tag("code", one["name"]), where, type_of(one["schema"]), required)
    return joined([head, tag("dd", prose(one["description"]))])


def _sent(operation: Mapping[str, Any]) -> Iterator[Markup]:
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield tag("h4", f"Body ({kind})")
        yield tag("p", type_of(content["schema"]))


def _answer(status: str, answer: Mapping[str, Any]) -> Markup:
    kinds = [
        joined([tag("code", kind), " ", type_of(content["schema"])])
        for kind, content in answer["content"].items()
    ]
    headers = [
        tag("p", "Header ", tag("code", name), f": {header['description']}")
        for name, header in answer.get("headers", {}).items()
    ]
    links = [
        tag(
            "p",
            "Go on: ",
            tag("a", link["operationId"], href=f"#{link['operationId']}"),
            f". {link['description']}",
        )
        for link in answer.get("links", {}).values()
    ]
    words = tag("p", prose(answer["description"]))
    body = tag("p", Markup("; ".join(kinds)), class_="kind")
    return joined(
        [tag("dt", status, class_=f"s{status[0]}"), tag("dd", words, body, *headers, *links)]
    )


def _definitions(document: Mapping[str, Any]) -> Markup:
    schemas = document["components"]["schemas"]
    items = [definition(name, schema) for name, schema in schemas.items()]
    return tag("section", tag("h2", "Schemas", id="schemas"), *items, aria_labelledby="schemas")
