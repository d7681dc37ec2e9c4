"""What settings have to say together: each may be right by itself, and the whole wrong."""

import ipaddress
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from orchestrator.errors import InvalidSettings
from orchestrator.settings.table import Settings
from orchestrator.tls import TlsFiles, client_context

SASL_FIELDS = ("kafka_sasl_mechanism", "kafka_sasl_username", "kafka_sasl_password")
SASL_HINTS = {
    "kafka_sasl_mechanism": "SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN, as the brokers have it",
    "kafka_sasl_username": "the user to sign in as",
    "kafka_sasl_password": "the user's password",
}
OVER_HTTP = {
    "LEARNER_SVC_TOKEN": "LEARNER_SVC_URL",
    "NOTIFICATION_SVC_TOKEN": "NOTIFICATION_SVC_URL",
    "OTEL_EXPORTER_OTLP_HEADERS": "OTEL_EXPORTER_OTLP_ENDPOINT",
}
"""What is sent with each request, and where to."""

OF_THE_FILES = {"ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_password"}
"""Options of a Redis URL that say what settings of ours say."""


def combination_faults(settings: Settings) -> Iterator[str]:
    """A sentence for each fault. Reads the files of the certificates."""
    yield from _kafka(settings)
    yield from _redis(settings)
    yield from _services(settings)
    for files in (kafka_files(settings), redis_files(settings), services_files(settings)):
        yield from _files(files)


def kafka_files(settings: Settings) -> TlsFiles:
    """The files for the connections to Kafka."""
    password = settings.kafka_ssl_key_password
    return TlsFiles(
        "KAFKA_SSL",
        settings.kafka_ssl_cafile,
        settings.kafka_ssl_certfile,
        settings.kafka_ssl_keyfile,
        password.get_secret_value() if password else None,
    )


def redis_files(settings: Settings) -> TlsFiles:
    """The files for the connections to Redis."""
    password = settings.redis_ssl_key_password
    return TlsFiles(
        "REDIS_SSL",
        settings.redis_ssl_cafile,
        settings.redis_ssl_certfile,
        settings.redis_ssl_keyfile,
        password.get_secret_value() if password else None,
    )


def services_files(settings: Settings) -> TlsFiles:
    """The files for the connections to both services."""
    return TlsFiles("SERVICES_SSL", settings.services_ssl_cafile)


def is_this_machine(host: str) -> bool:
    """Whether a host is a loopback address, or localhost."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def host_in(url: str) -> str:
    """The host that a URL names, "" if none."""
    return urlsplit(url).hostname or ""


def brokers_elsewhere(settings: Settings) -> list[str]:
    """The hosts of KAFKA_BOOTSTRAP_SERVERS that are not this machine."""
    hosts = [host_in(f"//{each}") for each in settings.kafka_bootstrap_servers]
    return [host for host in hosts if not is_this_machine(host)]


def _kafka(settings: Settings) -> Iterator[str]:
    protocol = settings.kafka_security_protocol
    given = [field for field in SASL_FIELDS if getattr(settings, field) is not None]
    if protocol.startswith("SASL"):
        for field in (field for field in SASL_FIELDS if field not in given):
            yield f"{field.upper()}: {protocol} needs it: {SASL_HINTS[field]}"
    elif given:
        sasl = "SASL_SSL" if protocol == "SSL" else "SASL_SSL (or SASL_PLAINTEXT)"
        names = ", ".join(field.upper() for field in given)
        yield f"{names}: nobody signs in with {protocol}; set KAFKA_SECURITY_PROTOCOL={sasl}"
    files = kafka_files(settings).given()
    if files and not protocol.endswith("SSL"):
        tls = "SASL_SSL" if protocol.startswith("SASL") else "SSL (or SASL_SSL)"
        yield f"{', '.join(files)}: {protocol} is not TLS; set KAFKA_SECURITY_PROTOCOL={tls}"
    elsewhere = brokers_elsewhere(settings)
    clear = protocol == "SASL_PLAINTEXT" and settings.kafka_sasl_mechanism == "PLAIN"
    if clear and elsewhere and not settings.allow_cleartext_secrets:
        yield _refused("KAFKA_SASL_PASSWORD", elsewhere[0], "KAFKA_SECURITY_PROTOCOL=SASL_SSL")


def _redis(settings: Settings) -> Iterator[str]:
    files = redis_files(settings).given()
    url = urlsplit(settings.redis_url)
    if files and not url.scheme.startswith("rediss"):
        yield f"{', '.join(files)}: REDIS_URL is not TLS; begin it with rediss instead of redis"
    if settings.redis_ssl_key_password is not None and url.scheme.endswith("+cluster"):
        yield "REDIS_SSL_KEY_PASSWORD: towards a cluster no encrypted key can be used; decrypt it"
    twice = OF_THE_FILES & set(parse_qs(url.query))
    if files and twice:
        yield f"{', '.join(files)}: REDIS_URL says {', '.join(sorted(twice))}, too; keep one"


def _services(settings: Settings) -> Iterator[str]:
    if not settings.allow_cleartext_secrets:
        for secret, place in OVER_HTTP.items():
            url = getattr(settings, place.lower())
            given = getattr(settings, secret.lower()) is not None and url is not None
            if given and not url.startswith("https://") and not is_this_machine(host_in(url)):
                yield _refused(secret, host_in(url), f"https:// in {place}")
    urls = (settings.learner_svc_url, settings.notification_svc_url)
    https = any(url.startswith("https://") for url in urls)
    if settings.services_ssl_cafile is not None and not https:
        yield "SERVICES_SSL_CAFILE: neither service's URL is https://; use that, or unset it"


def _files(files: TlsFiles) -> Iterator[str]:
    ours = [files.keyfile, files.key_password]
    if files.certfile is None and any(part is not None for part in ours):
        yield f"{files.name}_CERTFILE: a key is set, and no certificate that it is for"
        return
    try:
        if files.given():
            client_context(files)
    except InvalidSettings as error:
        yield from error.faults


def _refused(secret: str, host: str, instead: str) -> str:
    return (
        f"{secret}: would go unencrypted to {host}; use {instead}, or set "
        "ALLOW_CLEARTEXT_SECRETS=true if the network between encrypts it"
    )
