"""A real Prometheus that asks one worker, by the rules that are shipped, in shortened time."""

import json
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from orchestrator.embedded.server import HOST, Server

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "prometheus"
LOOK_EVERY = "1s"
UNITS = {"s": 1, "m": 60, "h": 3600}

needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None,
    reason="prometheus is not here: no alert was heard to ring (apt-get install prometheus)",
)


def shortened(rules: str, factor: int) -> str:
    """The text of rules with each `for:` and each range divided by `factor`; thresholds stand."""
    whole = re.sub(
        r"(?<=for: )(\d+)([smh])$", lambda m: _part(m, factor), rules, flags=re.MULTILINE
    )
    return re.sub(r"(?<=\[)(\d+)([smh])(?=\])", lambda m: _part(m, factor), whole)


def _part(duration: re.Match[str], factor: int) -> str:
    return f"{int(duration[1]) * UNITS[duration[2]] * 1000 // factor}ms"


class Prometheus(Server):
    """Asks the worker at `target` (host:port) once a second."""

    name = "Prometheus"

    def __init__(self, data_dir: Path, target: str, factor: int) -> None:
        super().__init__(data_dir)
        self._target = target
        self._factor = factor

    def firing(self) -> set[str]:
        """The alerts that ring now."""
        found = self._ask("/api/v1/alerts")["alerts"]
        return {each["labels"]["alertname"] for each in found if each["state"] == "firing"}

    def rang(self, seconds: float) -> set[str]:
        """The alerts that rang at some time within the last seconds."""
        query = f'max_over_time(ALERTS{{alertstate="firing"}}[{int(seconds * 1000)}ms])'
        return {each["metric"]["alertname"] for each in self.series(query)}

    def series(self, query: str) -> list[dict[str, Any]]:
        """What a query finds now."""
        found: list[dict[str, Any]] = self._ask("/api/v1/query", query=query)["result"]
        return found

    def rules_in_trouble(self) -> dict[str, str]:
        """What could not be evaluated, with the reason."""
        groups = self._ask("/api/v1/rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        assert rules
        return {rule["name"]: rule["lastError"] for rule in rules if rule["health"] == "err"}

    def _ask(self, path: str, **parameters: str) -> dict[str, Any]:
        url = f"http://{HOST}:{self.port}{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            data: dict[str, Any] = json.load(answer)["data"]
            return data

    def _prepare(self) -> None:
        configuration = {
            "global": {"scrape_interval": LOOK_EVERY, "evaluation_interval": LOOK_EVERY},
            "rule_files": ["rules/*.yml"],
            "scrape_configs": [
                {"job_name": "orchestrator", "static_configs": [{"targets": [self._target]}]}
            ],
        }
        # JSON is YAML.
        (self.data_dir / "prometheus.yml").write_text(json.dumps(configuration))
        (self.data_dir / "rules").mkdir(exist_ok=True)
        for file in (SHIPPED / "rules").glob("*.yml"):
            text = shortened(file.read_text(encoding="utf-8"), self._factor)
            (self.data_dir / "rules" / file.name).write_text(text)

    def _command(self) -> list[str]:
        return [
            "prometheus",
            f"--config.file={self.data_dir / 'prometheus.yml'}",
            f"--storage.tsdb.path={self.data_dir / 'data'}",
            f"--web.listen-address={HOST}:{self.port}",
        ]

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.port}/-/ready", timeout=1):
                return True
        except (urllib.error.URLError, OSError):
            return False
