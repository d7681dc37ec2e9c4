"""Whom a worker calls, and who may call it: made of the settings."""

from pydantic import SecretStr

from orchestrator.clock import Clock
from orchestrator.core.actions import Service
from orchestrator.delivery.client import ServiceClient
from orchestrator.settings import Settings
from orchestrator.settings.combinations import services_files
from orchestrator.tls import client_context
from orchestrator.web.access.rules import Rules


def targets_of(settings: Settings) -> dict[Service, tuple[str, SecretStr | None]]:
    """Each service's URL and token."""
    return {
        Service.LEARNER: (settings.learner_svc_url, settings.learner_svc_token),
        Service.NOTIFICATION: (settings.notification_svc_url, settings.notification_svc_token),
    }


def clients_of(settings: Settings, clock: Clock) -> dict[Service, ServiceClient]:
    """A client of each service. Raises InvalidSettings if a file of TLS cannot be used."""
    tls = client_context(services_files(settings))
    return {
        service: ServiceClient(
            service, url, clock=clock, token=token.get_secret_value() if token else None, tls=tls
        )
        for service, (url, token) in targets_of(settings).items()
    }


def rules_of(settings: Settings, cluster_token: str | None) -> Rules:
    """Who may use the HTTP API, and how often; `cluster_token` is that of the other workers."""
    return Rules(
        tokens=settings.api_tokens,
        cluster_token=cluster_token,
        rate=settings.api_rate,
        burst=settings.api_burst,
        audit_key=settings.audit_key.get_secret_value() if settings.audit_key else None,
    )
