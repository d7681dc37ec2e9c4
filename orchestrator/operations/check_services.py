"""Whether the services can be reached: a name that resolves, a port that answers. No request."""

import asyncio
import socket
from ssl import SSLContext
from urllib.parse import urlsplit

from orchestrator.operations.findings import Finding, fault, ok
from orchestrator.settings import Settings
from orchestrator.settings.combinations import services_files
from orchestrator.tls import client_context, tls_trouble

CONNECT_WITHIN_S = 5.0
PORTS = {"http": 80, "https": 443}


async def services_findings(settings: Settings) -> list[Finding]:
    """A finding for each downstream service."""
    learner, notification = settings.learner_svc_url, settings.notification_svc_url
    tls = client_context(services_files(settings))
    found = await asyncio.gather(
        service_finding("learner-svc", "LEARNER_SVC_URL", learner, tls),
        service_finding("notification-svc", "NOTIFICATION_SVC_URL", notification, tls),
    )
    return list(found)


async def service_finding(part: str, variable: str, url: str, tls: SSLContext) -> Finding:
    """Connect to where `url` points, by TLS if it is https, and hang up."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            _, writer = await asyncio.open_connection(
                host, port, ssl=tls if parts.scheme == "https" else None
            )
            writer.close()
            await writer.wait_closed()
    except socket.gaierror as error:
        return fault(
            part,
            f"the name {host} cannot be resolved: {error.strerror}",
            f"Set {variable} to a name that this machine knows.",
        )
    except TimeoutError:
        return fault(
            part,
            f"nothing answers at {host}:{port} within {CONNECT_WITHIN_S:g} s",
            f"Let this machine through to it, or set {variable} to where the service is.",
        )
    except OSError as error:
        why = tls_trouble(error, "SERVICES_SSL_CAFILE")
        if why is not None:
            return fault(part, f"{host}:{port}: {why.why}", why.remedy)
        return fault(
            part,
            f"no connection to {host}:{port}: {error.strerror or error}",
            f"Start the service, or set {variable} to where it is. Until then its actions wait.",
        )
    return ok(part, f"{host}:{port} accepts connections")
