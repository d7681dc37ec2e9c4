"""The kinds of values that a setting can have; a check raises ValueError with what is wanted."""

import ipaddress
import re
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from orchestrator.api_tokens import ApiToken, parse_tokens

SHORTEST_SHARED_SECRET = 16
"""Characters of a secret that we are given and do not make: fewer can be guessed."""


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _tokens(value: object) -> object:
    return parse_tokens(value) if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _service_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        raise ValueError("must be http://host[:port] or https://host[:port]")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user or password; use the service's _TOKEN setting")
    if parts.query or parts.fragment or re.search(r"\s", url):
        raise ValueError("must have no query, fragment or blanks")
    return url.rstrip("/")


def _redis_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "unix" and parts.path:
        return url
    if parts.scheme.partition("+")[2] in {"sentinel", "cluster"}:
        return url  # what stands behind the scheme is for the bridge to read
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname or parts.port == 0:
        raise ValueError(
            "must be redis://[user:password@]host[:port][/number], rediss, unix, or with "
            "+sentinel or +cluster"
        )
    if not re.fullmatch(r"/?[0-9]*", parts.path):
        raise ValueError("must name its database by a number, such as redis://localhost:6379/0")
    return url


def _host_and_port(address: str) -> str:
    parts = urlsplit(f"//{address}")
    if not parts.hostname or not parts.port or parts.path or parts.username is not None:
        raise ValueError(f"must be host:port, comma-separated; {address!r} is not")
    return address


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise ValueError("must name nothing twice")
    return values


def _host(host: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", host):
        ipaddress.ip_address(host)
    return host


def _header_value(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[\x21-\x7e]+", token.get_secret_value()):
        raise ValueError("must be visible ASCII without blanks, as an HTTP header carries it")
    return token


def _header_pairs(pairs: SecretStr) -> SecretStr:
    for pair in pairs.get_secret_value().split(","):
        if not re.fullmatch(r"\s*[\w.-]+\s*=[\x20-\x7e]+", pair):
            raise ValueError("must be name=value,name=value, as HTTP headers carry them")
    return pairs


def pair_values(pairs: SecretStr | None) -> list[str]:
    """The values of HeaderPairs, as they stand and as they are sent."""
    found = pairs.get_secret_value().split(",") if pairs is not None else []
    values = [pair.partition("=")[2].strip() for pair in found]
    return [*values, *map(unquote, values)]


def _long_enough(token: SecretStr) -> SecretStr:
    if len(token.get_secret_value()) < SHORTEST_SHARED_SECRET:
        raise ValueError(f"must have at least {SHORTEST_SHARED_SECRET} characters")
    return token


RedisUrl = Annotated[str, AfterValidator(_redis_url)]
ServiceUrl = Annotated[str, AfterValidator(_service_url)]
Token = Annotated[SecretStr, AfterValidator(_header_value)]
HeaderPairs = Annotated[SecretStr, AfterValidator(_header_pairs)]
SharedSecret = Annotated[Token, AfterValidator(_long_enough)]
SecurityProtocol = Annotated[
    Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"], BeforeValidator(_upper)
]
SaslMechanism = Annotated[
    Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], BeforeValidator(_upper)
]
ApiTokens = Annotated[tuple[ApiToken, ...], BeforeValidator(_tokens)]
Host = Annotated[str, AfterValidator(_host)]
KafkaName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,200}$")]
LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)
]
Brokers = Annotated[
    tuple[Annotated[str, AfterValidator(_host_and_port)], ...],
    BeforeValidator(_split),
    AfterValidator(_distinct),
]
Streams = Annotated[
    tuple[Annotated[str, Field(pattern=r"^\S{1,250}$")], ...],
    BeforeValidator(_split),
    AfterValidator(_distinct),
]
Tenants = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=128)], ...],
    BeforeValidator(_split),
    AfterValidator(_distinct),
]
