"""docker-compose.yml, and the YAML files beside it, as they are read."""

import re
from typing import Any

import yaml

from tests.repository.deployment.files import text

Service = dict[str, Any]


def read_yaml(name: str) -> dict[str, Any]:
    """A YAML file of the repository; merge keys are resolved."""
    found: dict[str, Any] = yaml.safe_load(text(name))
    return found


COMPOSE = read_yaml("docker-compose.yml")
SERVICES: dict[str, Service] = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if "build" in service}
WORKERS = {name for name in OURS if name.startswith("worker-")}


def environment(service: str) -> dict[str, str]:
    """The variables of a service."""
    found: dict[str, str] = SERVICES[service].get("environment", {})
    return found


def filled_in(value: str) -> str:
    """A value with each ${SECRET:?...} replaced by a text fit to be one."""
    value = re.sub(r"\$\{\w+_SHA256:\?[^}]*\}", "5e" * 32, value)
    return re.sub(r"\$\{(\w+):\?[^}]*\}", r"secret-\1", value)


def mounts(service: str) -> dict[str, str]:
    """Where in the container what of this folder is, or which volume."""
    parts = [volume.split(":") for volume in SERVICES[service].get("volumes", [])]
    return {target: source for source, target, *_ in parts}
