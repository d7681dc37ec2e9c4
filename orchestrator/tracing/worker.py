"""All that traces in one worker."""

import os
from collections.abc import Mapping
from functools import partial

from orchestrator.core.actions import Service
from orchestrator.settings import Settings
from orchestrator.tracing.calling import DeliveryTraces
from orchestrator.tracing.deciding import DecideTracer
from orchestrator.tracing.entrance import EntranceTraces
from orchestrator.tracing.exporting import Exporting
from orchestrator.tracing.triggering import TriggerTraces


class WorkerTraces:
    """What each room is given to trace by. Spans are sent from the beginning until `close`."""

    def __init__(self, exporting: Exporting, group: str, urls: Mapping[Service, str]) -> None:
        tracer = exporting.tracer
        self.entrance = partial(EntranceTraces, tracer)
        self.decide = DecideTracer(tracer, group)
        self.delivery = DeliveryTraces(tracer, urls)
        self.trigger = TriggerTraces(tracer)
        self.close = exporting.close


def traces_of(settings: Settings, version: str, instance: str) -> WorkerTraces | None:
    """As the settings say; None if no collector is named. `instance`: which worker this is."""
    if settings.otel_exporter_otlp_endpoint is None or _is_turned_off():
        return None
    headers = settings.otel_exporter_otlp_headers
    exporting = Exporting(
        settings.otel_exporter_otlp_endpoint,
        headers=headers.get_secret_value() if headers else None,
        version=version,
        instance=instance,
    )
    urls = {
        Service.LEARNER: settings.learner_svc_url,
        Service.NOTIFICATION: settings.notification_svc_url,
    }
    return WorkerTraces(exporting, settings.application_id, urls)


def _is_turned_off() -> bool:
    """By the standard's own switches, which may be set for all programs of a machine."""
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return disabled or os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none"
