"""How each connection is secured: by what, trusting whom, as whom. Never with what secret."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from orchestrator.bridge.address import hosts_of, uses_tls
from orchestrator.operations.findings import Finding, ok, warning
from orchestrator.settings import Settings
from orchestrator.settings.combinations import brokers_elsewhere, is_this_machine

PART = "security"
OWN_NETWORK = "unless the network between is your own."
UNCHECKED = {"ssl_cert_reqs": {"none", "optional"}, "ssl_check_hostname": {"false", "0", "no"}}
"""Options of a Redis URL by which anybody would be taken for Redis."""


def security_findings(settings: Settings) -> list[Finding]:
    """A finding for each connection, or more."""
    return [
        _kafka(settings),
        *_redis(settings),
        _service("learner-svc", settings, "learner_svc"),
        _service("notification-svc", settings, "notification_svc"),
        *_cluster(settings),
    ]


def _kafka(settings: Settings) -> Finding:
    protocol = settings.kafka_security_protocol
    user = settings.kafka_sasl_username
    signed_in = f", as {user} by {settings.kafka_sasl_mechanism}" if user else ", as nobody"
    ours = f", showing {settings.kafka_ssl_certfile}" if settings.kafka_ssl_certfile else ""
    said = f"Kafka: {protocol}{signed_in}{ours}"
    if protocol.endswith("SSL"):
        return ok(PART, f"{said}, trusting {_authority(settings.kafka_ssl_cafile)}")
    elsewhere = brokers_elsewhere(settings)
    if not elsewhere:
        return ok(PART, f"{said}, on this machine")
    tls = "SASL_SSL" if user else "SSL or SASL_SSL"
    remedy = f"Set KAFKA_SECURITY_PROTOCOL={tls}, {OWN_NETWORK}"
    return warning(PART, f"{said}: unencrypted to {elsewhere[0]}", remedy)


def _redis(settings: Settings) -> Iterator[Finding]:
    url = urlsplit(settings.redis_url)
    named = f"as {url.username}" if url.username else "as the default user"
    user = named if url.username or url.password else "as nobody"
    if not uses_tls(settings.redis_url):
        yield _unencrypted_redis(settings.redis_url, user)
        return
    options = parse_qs(url.query)
    for name, values in UNCHECKED.items():
        if values & {value.lower() for value in options.get(name, [])}:
            remedy = f"Take {name} out of REDIS_URL, and set REDIS_SSL_CAFILE."
            yield warning(PART, "Redis: TLS, with whoever answers", remedy)
            return
    ours = f", showing {settings.redis_ssl_certfile}" if settings.redis_ssl_certfile else ""
    trusted = options.get("ssl_ca_certs", [settings.redis_ssl_cafile])[0]
    yield ok(PART, f"Redis: TLS, {user}{ours}, trusting {_authority(trusted)}")


def _unencrypted_redis(url: str, user: str) -> Finding:
    try:
        elsewhere = [host for host in hosts_of(url) if not is_this_machine(host)]
    except ValueError as error:
        return warning(PART, f"Redis: not known: {error}", "Mend REDIS_URL.")
    if not elsewhere:
        return ok(PART, f"Redis: {user}, on this machine")
    remedy = f"Begin REDIS_URL with rediss, {OWN_NETWORK}"
    return warning(PART, f"Redis: {user}: unencrypted to {elsewhere[0]}", remedy)


def _service(name: str, settings: Settings, field: str) -> Finding:
    url = urlsplit(getattr(settings, f"{field}_url"))
    token = getattr(settings, f"{field}_token")
    said = f"{name}: {'with a token' if token else 'without a token'}"
    host = url.hostname or ""
    if url.scheme == "https":
        return ok(PART, f"{said}, TLS, trusting {_authority(settings.services_ssl_cafile)}")
    if is_this_machine(host):
        return ok(PART, f"{said}, on this machine")
    remedy = f"Use https:// in {field.upper()}_URL, {OWN_NETWORK}"
    return warning(PART, f"{said}: unencrypted to {host}", remedy)


def _cluster(settings: Settings) -> Iterator[Finding]:
    own = urlsplit(settings.own_url("this-host"))
    if settings.cluster_token is None or own.scheme == "https":
        return
    if not is_this_machine(own.hostname or ""):
        remedy = f"Put TLS in front, and its https:// into ADVERTISED_URL, {OWN_NETWORK}"
        yield warning(PART, "workers: CLUSTER_TOKEN goes unencrypted from one to another", remedy)


def _authority(cafile: Path | str | None) -> str:
    return f"the CA in {cafile}" if cafile else "this machine's CAs"
