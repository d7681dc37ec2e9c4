"""A worker all of whose connections are secured: what is amiss is said, waited out, and then done.

No secret of it is seen anywhere.
"""

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
import pytest_asyncio
from click.testing import CliRunner, Result
from redis import Redis

from orchestrator.cli import main
from orchestrator.clock import SystemClock
from orchestrator.embedded.ports import free_port
from orchestrator.embedded.sandbox import Sandbox
from orchestrator.embedded.valkey import EmbeddedValkey
from orchestrator.embedded.worker import WorkerProcess
from orchestrator.settings.table import SECRETS
from tests.integration.wire.conftest import KAFKA_PASSWORD
from tests.product.house import CONFIG
from tests.waiting import eventually
from tests.wire.certificates import Authority
from tests.wire.page import redis_acl
from tests.wire.tls_proxy import TlsProxy

pytestmark = pytest.mark.asyncio(loop_scope="module")

REDIS_PASSWORD = "geheim/of@redis"
KEY_PASSWORD = "geheim-of-the-key"
TOKENS = {
    "LEARNER_SVC_TOKEN": "geheim-of-learner-svc",
    "NOTIFICATION_SVC_TOKEN": "geheim-of-notification-svc",
    "CLUSTER_TOKEN": "geheim-of-the-cluster",
    "AUDIT_KEY": "geheim-of-the-audit-log",
}
COLLECTOR = "geheim-of-the-collector"
OWN_TOKEN = "geheim-of-who-asks"
HASH = sha256(OWN_TOKEN.encode()).hexdigest()
NEEDLES = (
    REDIS_PASSWORD,
    quote(REDIS_PASSWORD, ""),
    KEY_PASSWORD,
    KAFKA_PASSWORD,
    COLLECTOR,
    OWN_TOKEN,
    HASH,
    *TOKENS.values(),
)


class Rig(NamedTuple):
    """The worker, and what it is connected to."""

    worker: WorkerProcess
    settings: dict[str, str]
    valkey: EmbeddedValkey
    service: TlsProxy
    sandbox: Sandbox
    authority: Authority


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def rig(
    authority: Authority,
    kafka_settings: dict[str, str],
    sandbox: Sandbox,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Rig]:
    """Redis does not know the worker's user yet, and the services show an expired certificate."""
    folder = tmp_path_factory.mktemp("worker")
    ours = authority.issue("worker", key_password=KEY_PASSWORD.encode())
    stale = authority.issue("localhost", expired=True)
    sandbox_port = int(sandbox.url.rpartition(":")[2])
    with ExitStack() as stack:
        valkey = stack.enter_context(EmbeddedValkey(folder / "valkey"))
        good = authority.issue("localhost")
        redis = stack.enter_context(TlsProxy(valkey.port, good, str(authority.cafile)))
        service = stack.enter_context(TlsProxy(sandbox_port, stale))
        secrets = {
            "REDIS_URL": f"rediss://orchestrator:{quote(REDIS_PASSWORD, '')}"
            f"@localhost:{redis.port}/0",
            "KAFKA_SASL_PASSWORD": KAFKA_PASSWORD,
            "REDIS_SSL_KEY_PASSWORD": KEY_PASSWORD,
            "KAFKA_SSL_KEY_PASSWORD": KEY_PASSWORD,
            "API_TOKENS": f"tests:read+admin:{HASH}",
            "OTEL_EXPORTER_OTLP_HEADERS": f"authorization={COLLECTOR}",
            **TOKENS,
        }
        settings = {
            **kafka_settings,
            **secrets,
            "KAFKA_SSL_CERTFILE": str(ours.both),
            "REDIS_SSL_CAFILE": str(authority.cafile),
            "REDIS_SSL_CERTFILE": str(ours.certfile),
            "REDIS_SSL_KEYFILE": str(ours.keyfile),
            "LEARNER_SVC_URL": f"https://localhost:{service.port}",
            "NOTIFICATION_SVC_URL": f"https://localhost:{service.port}",
            "SERVICES_SSL_CAFILE": str(authority.cafile),
            "POLICY_FILE": str(CONFIG / "policy.toml"),
            "MESSAGES_FILE": str(CONFIG / "messages.en.toml"),
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port('127.0.0.1')}",
            "DATA_DIR": str(folder / "history"),
            "LOG_LEVEL": "DEBUG",
        }
        environment = {**settings, **in_files(secrets, folder)}
        worker = WorkerProcess(folder / "worker", None, without(environment, secrets))
        worker.start()
        stack.callback(worker.kill)
        yield Rig(worker, settings, valkey, service, sandbox, authority)


def in_files(secrets: dict[str, str], folder: Path) -> dict[str, str]:
    for name, secret in secrets.items():
        (folder / name).write_text(f"{secret}\n")
    return {f"{name}_FILE": str(folder / name) for name in secrets}


def without(settings: dict[str, str], names: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in settings.items() if name not in names}


def health(rig: Rig) -> dict[str, Any]:
    components: dict[str, Any] = json.loads(page(rig.worker, "/health"))["components"]
    return components


def delivered(rig: Rig) -> int:
    return int(json.loads(page(rig.worker, "/stats"))["actions_delivered"])


def an_alert() -> dict[str, Any]:
    return {
        "id": "alert-1",
        "type": "SEL_ALERT",
        "tenant_id": "tenant-456",
        "learner_id": "learner-123",
        "timestamp": SystemClock().now().isoformat(),
        "data": {"alert_type": "anxiety", "severity": "high"},
    }


async def test_what_is_refused_is_said_and_waits_and_comes_through_once_it_is_mended(
    rig: Rig,
) -> None:
    with Redis.from_url(rig.valkey.url) as redis:
        redis.xadd("aivo.events.sel", {"data": json.dumps(an_alert())})

        await eventually(lambda: "let us in" in health(rig)["redis_connection"]["detail"])
        assert health(rig)["redis_connection"]["status"] == "degraded"
        redis.execute_command(*redis_acl(REDIS_PASSWORD))

        def service() -> dict[str, Any]:
            found: dict[str, Any] = health(rig)["service_clients"]["notification_svc"]
            return found

        await eventually(lambda: "has expired" in service()["detail"], 20)
        assert service()["status"] == "degraded"
        await eventually(lambda: health(rig)["redis_connection"]["status"] == "healthy", 20)
        assert not rig.sandbox.calls.applied_keys()
        rig.service.certificate = rig.authority.issue("localhost")

        await eventually(lambda: len(rig.sandbox.calls.applied_keys()) == 2, 20)
        await eventually(lambda: delivered(rig) == 2)
        assert redis.xpending("aivo.events.sel", "orchestrator-consumer-group")["pending"] == 0


async def test_no_secret_is_seen_anywhere(rig: Rig) -> None:
    """After the refusals of the test above, which the libraries have logged in their own words."""
    assert set(rig.settings) >= SECRETS, "a new secret has its needle here, too"
    log = rig.worker.log.read_text()
    assert '"level": "debug"' in log
    assert "let us in" in log
    seen = {"the log": log, "the process": command_line(rig.worker)}
    for path in ("/metrics", "/health", "/stats", "/ledger", "/overview", "/events"):
        seen[path] = page(rig.worker, path)
    for words in (["check"], ["check", "--json"]):
        seen[" ".join(words)] = (await typed(rig, words)).output
    found = [
        (place, needle) for place, text in seen.items() for needle in NEEDLES if needle in text
    ]
    assert found == []


async def typed(rig: Rig, words: list[str]) -> Result:
    """A command makes an event loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, main, words, env=rig.settings)


def page(worker: WorkerProcess, path: str) -> str:
    asked = urllib.request.Request(
        worker.url + path, headers={"Authorization": f"Bearer {OWN_TOKEN}"}
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        content: bytes = answer.read()
    return content.decode()


def command_line(worker: WorkerProcess) -> str:
    """What `ps` shows of it."""
    line = Path(f"/proc/{worker.pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    assert "orchestrator worker" in line
    return line


async def test_check_finds_nothing_amiss_as_the_user_of_the_page(rig: Rig) -> None:
    result = await typed(rig, ["check", "--json"])
    findings = json.loads(result.stdout)["findings"]
    odd = [each for each in findings if each["grade"] == "fault"]
    assert odd == []
    said = [each["found"] for each in findings if each["part"] == "security"]
    authority = f"trusting the CA in {rig.authority.cafile}"
    assert said == [
        f"Kafka: SASL_SSL, as orchestrator by SCRAM-SHA-512, showing "
        f"{rig.settings['KAFKA_SSL_CERTFILE']}, {authority}",
        f"Redis: TLS, as orchestrator, showing {rig.settings['REDIS_SSL_CERTFILE']}, {authority}",
        f"learner-svc: with a token, TLS, {authority}",
        f"notification-svc: with a token, TLS, {authority}",
    ]
