"""The settings in force, secrets masked, and what is odd about them."""

import re
from collections.abc import Iterator, Mapping

from pydantic import SecretStr

from orchestrator.operations.findings import Finding, ok, warning
from orchestrator.settings import Settings
from orchestrator.settings.table import NAMES, SECRETS

MASK = "***"


def shown_settings(settings: Settings) -> Mapping[str, str]:
    """Every setting by its variable, as text; empty where there is none."""
    return {name: _shown(name, getattr(settings, field)) for name, field in NAMES.items()}


def given_settings(settings: Settings) -> frozenset[str]:
    """The variables that were set, the others have their defaults."""
    return frozenset(name for name, field in NAMES.items() if field in settings.model_fields_set)


def settings_findings(settings: Settings) -> list[Finding]:
    """What can be said of the settings alone."""
    given = len(given_settings(settings))
    summary = ok("settings", f"{given} are set, {len(NAMES) - given} have their defaults")
    return [summary, *_oddities(settings)]


def _oddities(settings: Settings) -> Iterator[Finding]:
    if settings.clock_offset:
        yield warning(
            "settings",
            f"CLOCK_OFFSET moves the clock by {settings.clock_offset:g} s",
            "It is for tests: unset it where real children learn.",
        )
    if settings.api_tokens and settings.cluster_token is None:
        yield warning(
            "settings",
            "API_TOKENS is set, and CLUSTER_TOKEN is not: workers cannot ask one another",
            "Give all workers the same CLUSTER_TOKEN, unless there is only one.",
        )


def _shown(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return MASK
    if name == "API_TOKENS":
        return "; ".join(map(str, value)) if isinstance(value, tuple) else MASK
    text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return _masked(text) if name in SECRETS else text


def _masked(url: str) -> str:
    """A URL without its user, password and options; whatever else a secret is, nothing of it."""
    if "://" not in url:
        return MASK
    address, _, options = url.partition("?")
    shown = re.sub(r"://.*@", f"://{MASK}@", address)
    return f"{shown}?{MASK}" if options else shown
