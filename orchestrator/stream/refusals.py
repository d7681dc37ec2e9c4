"""Why a broker does not let us in, told apart from one that is away: waiting would not help."""

from __future__ import annotations

from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from orchestrator.errors import KafkaRefused
from orchestrator.tls import tls_trouble

AWAY = (KafkaError, KafkaRefused)
"""What a client of a worker that runs waits out. A refusal, too: it was let in before, so that the
other end has changed, and what is under way would gain nothing by a stop."""


def refusal(error: BaseException) -> str | None:
    """Why, and what to do; None if `error` may pass by itself."""
    if isinstance(error, SaslAuthenticationFailed):
        return "It does not take our user and password: see KAFKA_SASL_USERNAME, _PASSWORD."
    if isinstance(error, UnsupportedSaslMechanismError):
        return f"{str(error).rstrip('.')}: set KAFKA_SASL_MECHANISM to one of them."
    if isinstance(error, IllegalSaslStateError):
        return "Nobody signs in at this port: see KAFKA_SECURITY_PROTOCOL, and the port."
    return tls_trouble(error, "KAFKA_SSL_CAFILE")
