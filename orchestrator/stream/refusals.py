"""Why a broker does not let us in, told apart from one that is away: waiting would not help."""

from __future__ import annotations

from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from orchestrator.errors import KafkaRefused
from orchestrator.tls import Trouble, tls_trouble

AWAY = (KafkaError, KafkaRefused)
"""What a client of a worker that runs waits out. A refusal, too: it was let in before, so that the
other end has changed, and what is under way would gain nothing by a stop."""

MAY_NOT = (
    "Give the user of KAFKA_SASL_USERNAME, or of the certificate, the rights of docs/security.md."
)
"""What to do where Kafka knows us, and does not allow what we ask."""


def refusal(error: BaseException) -> Trouble | None:
    """Why; None if `error` may pass by itself."""
    if isinstance(error, SaslAuthenticationFailed):
        remedy = "See KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM."
        return Trouble("It does not take our user and password", remedy)
    if isinstance(error, UnsupportedSaslMechanismError):
        remedy = "Set KAFKA_SASL_MECHANISM to one that the brokers have enabled."
        return Trouble("It does not know our way to sign in", remedy)
    if isinstance(error, IllegalSaslStateError):
        return Trouble("Nobody signs in at this port", "See KAFKA_SECURITY_PROTOCOL, and the port.")
    return tls_trouble(error, "KAFKA_SSL_CAFILE")
