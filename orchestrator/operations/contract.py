"""`orchestrator contract`: the documents that say what the service takes and gives."""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from orchestrator.comparison.schema import comparison_schema
from orchestrator.operations.asyncapi.document import asyncapi
from orchestrator.web.openapi import openapi
from orchestrator.web.openapi_view import as_json
from orchestrator.web.routes import VIEWS

DOCS = Path(__file__).resolve().parents[2] / "docs"


def openapi_document() -> dict[str, Any]:
    """The document of the HTTP API, as GET /openapi.json answers it."""
    return openapi(VIEWS, version("aivo-orchestrator"))


def asyncapi_document() -> dict[str, Any]:
    """The document of the Redis streams and Kafka topics."""
    return asyncapi(version("aivo-orchestrator"))


def _said(document: Callable[[], dict[str, Any]], write: bool, name: str) -> None:
    text = as_json(document()).decode()
    if not write:
        click.echo(text, nl=False)
        return
    path = DOCS / name
    path.write_text(text, encoding="utf-8")
    click.echo(f"wrote {path}")


write_option = click.option("--write", is_flag=True, help="Into docs/, in place of what is there.")


@click.command("openapi")
@write_option
def openapi_command(write: bool) -> None:
    """Print the OpenAPI 3.1 document of the HTTP API.

    \b
    Examples:
      orchestrator contract openapi > openapi.json
      orchestrator contract openapi --write
    """
    _said(openapi_document, write, "openapi.json")


@click.command("asyncapi")
@write_option
def asyncapi_command(write: bool) -> None:
    """Print the AsyncAPI 3.0 document of the Redis streams and Kafka topics.

    \b
    Examples:
      orchestrator contract asyncapi > asyncapi.json
      orchestrator contract asyncapi --write
    """
    _said(asyncapi_document, write, "asyncapi.json")


@click.command("backtest")
@write_option
def backtest_command(write: bool) -> None:
    """Print the JSON schema of what `orchestrator backtest --json` writes.

    \b
    Examples:
      orchestrator contract backtest > backtest.schema.json
      orchestrator contract backtest --write
    """
    _said(comparison_schema, write, "backtest.schema.json")


def commands() -> click.Group:
    """The group of commands."""
    return click.Group(
        "contract",
        help="The documents that say what the service takes and gives.",
        commands=[openapi_command, asyncapi_command, backtest_command],
    )
