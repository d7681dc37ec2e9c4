"""What is simulated: the product's parts as it puts them together, or with one of them wrong."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.decide import write_down
from agents.ports import Host
from orchestrator.core.fold import Batch, Folded, SourceRecord, fold
from orchestrator.core.policy import Policy, load_policy
from orchestrator.stream.records import RawRecord
from orchestrator.stream.tables import PartitionTable

CONFIG = Path(__file__).resolve().parents[3] / "config"
POLICY_TOML = (CONFIG / "policy.toml").read_text()
MESSAGES_TOML = (CONFIG / "messages.en.toml").read_text()

SHIPPED = load_policy(POLICY_TOML, MESSAGES_TOML)
STRICTER = load_policy(
    POLICY_TOML.replace("gap_minutes = 15", "gap_minutes = 20")
    .replace("pause_minutes = 15", "pause_minutes = 20")
    .replace("lateness_limit_hours = 24", "lateness_limit_hours = 12")
    .replace("performance = 0.85", "performance = 0.80")
    .replace('name = "aivo"', 'name = "stricter"'),
    MESSAGES_TOML,
)


Fold = Callable[[Batch, Iterable[SourceRecord], Mapping[bytes, bytes]], Folded]
WriteDown = Callable[
    [Host, PartitionTable, PartitionTable, Sequence[RawRecord], Folded], Awaitable[None]
]


@dataclass(frozen=True)
class Product:
    """The defaults are the product. `policies`: the first is in force at first."""

    fold: Fold = fold
    write_down: WriteDown = write_down
    policies: tuple[Policy, ...] = (SHIPPED, STRICTER)
    commits_first: bool = False
    acknowledges_first: bool = False
    restores: bool = True
    transactions: bool = True
    fences: bool = True

    @property
    def known(self) -> dict[str, Policy]:
        """The policies by version."""
        return {policy.version: policy for policy in self.policies}

    @property
    def first(self) -> str:
        """The version that partitions begin under."""
        return self.policies[0].version
