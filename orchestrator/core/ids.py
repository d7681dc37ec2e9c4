"""Identities, and the key that they make."""

from typing import NewType
from urllib.parse import quote, unquote

TenantId = NewType("TenantId", str)
LearnerId = NewType("LearnerId", str)
EventId = NewType("EventId", str)
ActionId = NewType("ActionId", str)


def learner_key(tenant: str, learner: str) -> bytes:
    """The Kafka key of a learner: both ids percent-encoded (nothing is safe), joined by a slash."""
    return f"{quote(tenant, safe='')}/{quote(learner, safe='')}".encode()


def parse_learner_key(key: bytes) -> tuple[TenantId, LearnerId]:
    """The inverse of learner_key. Raises ValueError on a key of another form."""
    tenant, learner = key.decode("ascii").split("/")
    return TenantId(unquote(tenant)), LearnerId(unquote(learner))
