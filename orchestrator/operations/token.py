"""`orchestrator token`: access tokens for the HTTP API."""

import click

from orchestrator.api_tokens import new_token, scopes_of
from orchestrator.scope import Scope

KEEP = (
    "Keep the first line: it is the token, and it is stored nowhere. Add the second to API_TOKENS "
    "of all workers, behind a comma if there are others, and start them again."
)


def _scopes(_context: click.Context, _option: click.Parameter, text: str) -> frozenset[Scope]:
    try:
        return scopes_of(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from error


@click.command("new")
@click.option("--name", required=True, help="Whose it is, as the audit log will call them.")
@click.option("--scope", "scopes", required=True, callback=_scopes,
              help="What it may do: read, trigger, admin, or several, as in read+trigger. "
                   "None implies another.")  # fmt: skip
@click.option("--tenant", help="The only tenant that it may see; without it, all.")
def new(name: str, scopes: frozenset[Scope], tenant: str | None) -> None:
    """Make an access token of 256 random bits, and say it once.

    Prints two lines: the token, and its entry for API_TOKENS, which holds its SHA-256 alone. Needs
    no settings, and changes nothing.

    \b
    Examples:
      orchestrator token new --name page --scope read
      orchestrator token new --name lms --scope read+trigger --tenant school-7
    """
    try:
        secret, token = new_token(name, scopes, tenant)
    except ValueError as error:
        raise click.UsageError(f"{error}.") from error
    click.echo(secret)
    click.echo(token.entry())
    click.echo(KEEP, err=True)


@click.group("token")
def commands() -> None:
    """Make access tokens for the HTTP API.

    \b
    Example:
      orchestrator token new --name page --scope read
    """


commands.add_command(new)
