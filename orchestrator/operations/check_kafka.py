"""Whether Kafka can be reached, suits us, and has the topics as they should be."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import ApiVersionRequest

from orchestrator.errors import KafkaRefused, OrchestratorError, TopicMismatch
from orchestrator.operations.findings import Finding, fault, ok, warning
from orchestrator.operations.policies import in_force
from orchestrator.plan import kafka_settings, read_policy_text, topic_plans
from orchestrator.settings import Settings
from orchestrator.stream.admin import missing_topics

ANSWER_WITHIN_S = 20.0
REQUEST_WITHIN_MS = 8_000
ADVISED_COPIES = 3

FETCH, TRANSACTIONS, CONSUMER_GROUPS, DESCRIBE_PARTITIONS = 1, 65, 69, 75
"""Numbers of requests in Kafka's protocol by which versions can be told apart."""

ApiVersions = Mapping[int, tuple[int, int]]
"""Request number -> (oldest, newest) version of it that a broker takes."""


async def kafka_findings(settings: Settings) -> list[Finding]:
    """The brokers, then the topics; only the fault if there is no way to ask."""
    servers = ",".join(settings.kafka_bootstrap_servers)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return [*await _brokers(settings), *await _topics(settings)]
    except TimeoutError:
        found = f"no answer from {servers} within {ANSWER_WITHIN_S:g} s"
        return [fault("kafka", found, "See whether its brokers reach one another, and the disk.")]
    except KafkaRefused as error:
        return [fault("kafka", error.why, error.remedy)]
    except (KafkaError, OSError) as error:
        found = f"no answer from {servers}: {error}"
        remedy = (
            "Start Kafka, or set KAFKA_BOOTSTRAP_SERVERS to where it is, and"
            " KAFKA_SECURITY_PROTOCOL to what is spoken there."
        )
        return [fault("kafka", found, remedy)]


async def _brokers(settings: Settings) -> list[Finding]:
    client = AIOKafkaClient(**_quick(settings))
    try:
        await client.bootstrap()
        brokers = client.cluster.brokers()
        answer = await client.send(client.get_random_node(), ApiVersionRequest())
    finally:
        await client.close()
    versions = {key: (oldest, newest) for key, oldest, newest in answer.api_versions}
    limits = await _session_limits(settings, next(iter(brokers)).nodeId)
    return [
        version_finding(versions, len(brokers)),
        *copies_findings(settings.topic_replication_factor, len(brokers)),
        *session_findings(settings.kafka_session_timeout, limits),
    ]


def version_finding(versions: ApiVersions, brokers: int) -> Finding:
    """Kafka tells which requests it takes, not its version; that narrows it down."""
    count = _brokers_in_words(brokers)
    oldest, newest = versions.get(FETCH, (0, 0))
    if oldest >= 4:
        return ok("kafka", f"{count}, version {'4.1 or newer' if newest >= 18 else '4.0'}")
    marks = {DESCRIBE_PARTITIONS: "3.8", CONSUMER_GROUPS: "3.7", TRANSACTIONS: "3.0"}
    since = next((version for key, version in marks.items() if key in versions), None)
    if since is not None:
        return ok("kafka", f"{count}, version {since} or newer")
    return warning("kafka", f"{count}, older than version 3.0", "Tried is 4.1; think of upgrading.")


def copies_findings(copies: int, brokers: int) -> Iterator[Finding]:
    """What TOPIC_REPLICATION_FACTOR means with so many brokers."""
    if copies > brokers:
        yield fault(
            "kafka",
            f"TOPIC_REPLICATION_FACTOR is {copies}, but there "
            f"{'is' if brokers == 1 else 'are'} {_brokers_in_words(brokers)}",
            f"Set it to {brokers} at most, or start more brokers.",
        )
    elif copies < ADVISED_COPIES <= brokers:
        yield warning(
            "kafka",
            f"TOPIC_REPLICATION_FACTOR is {copies}: topics yet to be made have too few copies",
            f"Set it to {ADVISED_COPIES}, and min.insync.replicas of the brokers to 2.",
        )


def session_findings(session_s: float, limits: tuple[float, float] | None) -> Iterator[Finding]:
    """Whether the brokers allow KAFKA_SESSION_TIMEOUT; `limits` in seconds, None: not known."""
    if limits is not None and not limits[0] <= session_s <= limits[1]:
        yield fault(
            "kafka",
            f"KAFKA_SESSION_TIMEOUT is {session_s:g} s, the brokers allow {limits[0]:g} to"
            f" {limits[1]:g} s",
            "Change it, or group.min.session.timeout.ms and group.max.session.timeout.ms there.",
        )


async def _session_limits(settings: Settings, node: int) -> tuple[float, float] | None:
    admin = AIOKafkaAdminClient(**_quick(settings))
    try:
        await admin.start()
        resource = ConfigResource(ConfigResourceType.BROKER, str(node))
        (response,) = await admin.describe_configs([resource])
    finally:
        await admin.close()
    config = {entry[0]: entry[1] for *_, entries in response.resources for entry in entries}
    names = [f"group.{which}.session.timeout.ms" for which in ("min", "max")]
    if not all(name in config for name in names):  # the right to ask is a right of its own
        return None
    least, most = (int(config[name]) / 1000 for name in names)
    return least, most


async def _topics(settings: Settings) -> list[Finding]:
    plans = topic_plans(settings)
    try:
        missing = await missing_topics(_quick(settings), plans)
    except TopicMismatch as error:
        return [_difference(each) for each in error.faults]
    if missing:
        found = f"{len(missing)} of {len(plans)} are missing: {', '.join(missing)}"
        remedy = "`orchestrator topics create` makes them; so does a worker when it starts."
        return [warning("topics", found, remedy)]
    whole = ok("topics", f"all {len(plans)} are as they should be")
    return [whole, *await _policy_in_force(settings)]


def _difference(sentences: str) -> Finding:
    found, _, remedy = sentences.partition(". ")
    return fault("topics", found, remedy)


async def _policy_in_force(settings: Settings) -> Sequence[Finding]:
    try:
        ours = read_policy_text(settings.policy_file, settings.messages_file).load().version
    except OrchestratorError:
        return []  # check_policy.py says why
    versions = {each.policy for each in (await in_force(settings)).values()} - {""}
    if versions <= {ours}:
        return []
    found = f"in force is {', '.join(sorted(versions))}, the files here are {ours}"
    remedy = (
        f"`orchestrator policy activate {settings.policy_file}` brings them into force. Until then"
        " they decide nothing."
    )
    return [warning("policy", found, remedy)]


def _brokers_in_words(brokers: int) -> str:
    return "1 broker" if brokers == 1 else f"{brokers} brokers"


def _quick(settings: Settings) -> dict[str, Any]:
    return {**kafka_settings(settings), "request_timeout_ms": REQUEST_WITHIN_MS}
