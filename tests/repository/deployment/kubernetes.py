"""deploy/kubernetes, as it is read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.repository.deployment.files import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
BASE = FOLDER / "base"

Document = dict[str, Any]


def documents(path: Path) -> list[Document]:
    """The documents of a YAML file."""
    found: list[Document] = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    return found


def kustomization(folder: Path) -> Document:
    """What a folder is put together from."""
    (found,) = documents(folder / "kustomization.yaml")
    return found


def manifests() -> list[tuple[Path, Document]]:
    """Every document that Kubernetes gets, of the base and of each overlay."""
    files = [path for path in sorted(FOLDER.rglob("*.yaml")) if path.parent != FOLDER]
    return [
        (path, each)
        for path in files
        if path.name != "kustomization.yaml"
        for each in documents(path)
    ]


def named(kind: str, name: str = "orchestrator") -> Document:
    """The one document of this kind and name."""
    (found,) = (
        each for _, each in manifests() if (each["kind"], each["metadata"]["name"]) == (kind, name)
    )
    return found


WORKERS = named("StatefulSet")["spec"]
POD = WORKERS["template"]["spec"]
(CONTAINER,) = POD["containers"]
SHARED = dict(
    line.split("=", 1)
    for line in (BASE / "settings.env").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)
"""The settings that all workers share."""

OWN = {each["name"]: each for each in CONTAINER["env"]}
"""Those that stand in the workers' own manifest."""


def mounted(name: str) -> str:
    """Where the volume of this name is in the container."""
    (found,) = (each["mountPath"] for each in CONTAINER["volumeMounts"] if each["name"] == name)
    return str(found)


def selectors(spec: Any) -> Iterator[Document]:
    """Every matchLabels within."""
    if isinstance(spec, dict):
        if "matchLabels" in spec:
            yield spec["matchLabels"]
        for each in spec.values():
            yield from selectors(each)
    elif isinstance(spec, list):
        for each in spec:
            yield from selectors(each)
