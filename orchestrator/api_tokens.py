"""Access tokens: API_TOKENS holds their hashes, and nothing here ever shows one.

A token is 256 random bits, so a plain SHA-256 of it is enough: there is nothing to guess. A hash
with a salt and many rounds is for passwords, and would be paid for at every request.
"""

import hmac
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from orchestrator.scope import Scope

PREFIX = "aivo_"
"""By which a token that got into a log or a repository is found by who looks for such things."""

RANDOM_BYTES = 32
LONGEST_TENANT = 128

_is_name = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}").fullmatch
"""Shorter than any token or hash: one that stands in the name's place is not taken for a name."""

_is_hash = re.compile(r"[0-9a-f]{64}").fullmatch

FORM = "name:scopes:sha256-hex[:tenant]"


class ApiToken(NamedTuple):
    """What is known of a token. `tenant`: the only one that it may see, None: all."""

    name: str
    scopes: frozenset[Scope]
    digest: bytes
    tenant: str | None

    def __str__(self) -> str:
        """Name, scopes and tenant; the hash is nobody's business."""
        bound = "" if self.tenant is None else f", tenant {self.tenant}"
        return f"{self.name} ({'+'.join(self._in_order())}{bound})"

    def __repr__(self) -> str:
        return f"<{self}>"

    def entry(self) -> str:
        """The token's entry in API_TOKENS."""
        return ":".join(self.parts())

    def parts(self) -> list[str]:
        """Name, scopes, hash, and the tenant if there is one, as texts."""
        bound = [] if self.tenant is None else [self.tenant]
        return [self.name, "+".join(self._in_order()), self.digest.hex(), *bound]

    def _in_order(self) -> list[str]:
        return [str(scope) for scope in Scope if scope in self.scopes]


def digest_of(token: str) -> bytes:
    """The SHA-256 of a token, whatever a header may have held in its place."""
    return sha256(token.encode(errors="surrogatepass")).digest()


def find_token(tokens: Iterable[ApiToken], given: str) -> ApiToken | None:
    """The one that was given. Takes as long wherever it stands, and however much of it is right."""
    digest, found = digest_of(given), None
    for token in tokens:
        if hmac.compare_digest(token.digest, digest):
            found = token
    return found


def new_token(name: str, scopes: Iterable[Scope], tenant: str | None) -> tuple[str, ApiToken]:
    """A new token, which is nowhere else, and what API_TOKENS has to know of it.

    Raises ValueError if the name or tenant cannot stand there.
    """
    secret = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    token = ApiToken(name, frozenset(scopes), digest_of(secret), tenant)
    faults = list(_faults(token.parts()))
    if "," in (tenant or ""):
        faults.append("a tenant with a comma cannot stand in a list")
    if faults:
        raise ValueError("; ".join(faults))
    return secret, token


def scopes_of(text: str) -> frozenset[Scope]:
    """Scopes joined by +. Raises ValueError, without saying what was found."""
    try:
        return frozenset(Scope(part) for part in text.split("+"))
    except ValueError:
        raise ValueError(f"the scopes must be one or more of {', '.join(Scope)}, with +") from None


def parse_tokens(text: str) -> tuple[ApiToken, ...]:
    """The entries of API_TOKENS.

    Raises ValueError with every fault. An entry is called by its number and name; nothing else of
    it is told, for anything else may be the hash, or the token itself.
    """
    entries = [entry.strip().split(":", 3) for entry in text.split(",")]
    faults = [
        f"entry {number}{_named(parts)}: {fault}"
        for number, parts in enumerate(entries, 1)
        for fault in _faults(parts)
    ]
    tokens = [] if faults else [_token(*parts) for parts in entries]
    faults += _doubles(tokens)
    if faults:
        raise ValueError("; ".join(faults))
    return tuple(tokens)


def _token(name: str, scopes: str, digest: str, tenant: str | None = None) -> ApiToken:
    return ApiToken(name, scopes_of(scopes), bytes.fromhex(digest), tenant)


def _named(parts: Sequence[str]) -> str:
    return f" ({parts[0]})" if _is_name(parts[0]) else ""


def _faults(parts: Sequence[str]) -> Iterator[str]:
    if not _is_name(parts[0]):
        yield "the name must be 1 to 40 letters, digits, dots, dashes and underscores"
    if len(parts) < 3:
        yield f"must be {FORM}; `orchestrator token new` prints one"
        return
    try:
        scopes_of(parts[1])
    except ValueError as error:
        yield str(error)
    if not _is_hash(parts[2]):
        yield "the hash must be the 64 lower-case hex digits of the token's SHA-256"
    if len(parts) > 3 and not _is_tenant(parts[3]):
        yield f"the tenant must be 1 to {LONGEST_TENANT} printable characters without blanks around"


def _is_tenant(text: str) -> bool:
    return 1 <= len(text) <= LONGEST_TENANT and text.isprintable() and text == text.strip()


def _doubles(tokens: Sequence[ApiToken]) -> Iterator[str]:
    """One name for two tokens would make one caller of two; one token for two names, too."""
    for number, token in enumerate(tokens, 1):
        earlier = tokens[: number - 1]
        if any(token.name == other.name for other in earlier):
            yield f"entry {number} ({token.name}): another entry has this name"
        if any(token.digest == other.digest for other in earlier):
            yield f"entry {number} ({token.name}): another entry has this token"
