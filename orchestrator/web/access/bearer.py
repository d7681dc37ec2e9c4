"""The Authorization header."""

import math

from aiohttp import web

from orchestrator.web.problems import Problem

REALM = 'Bearer realm="aivo-orchestrator"'
HOW = "Send one of API_TOKENS, as Authorization: Bearer TOKEN; `orchestrator token new` makes one."


def bearer(request: web.Request) -> str | None:
    """The token that the request shows; None if it shows none, or more than one."""
    given = request.headers.getall("Authorization", [])
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return token.strip() if scheme.lower() == "bearer" else None


def no_token() -> Problem:
    """401 for who shows none."""
    return Problem(401, f"This needs an access token. {HOW}", (), {"WWW-Authenticate": REALM})


def wrong_token() -> Problem:
    """401 for who shows one that is none of ours."""
    headers = {"WWW-Authenticate": f'{REALM}, error="invalid_token"'}
    return Problem(401, f"This access token is not known here. {HOW}", (), headers)


def too_little(scope: str) -> Problem:
    """403 for a token without the scope that is needed."""
    headers = {"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{scope}"'}
    return Problem(403, f"This needs a token with the scope {scope}.", (), headers)


def too_often(what: str, wait_s: float) -> Problem:
    """429 that says when to come back."""
    return Problem(429, what, (), {"Retry-After": str(max(1, math.ceil(wait_s)))})
