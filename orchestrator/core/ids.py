"""Identities, and the key that they make."""

import re
from typing import NewType
from urllib.parse import quote, unquote

TenantId = NewType("TenantId", str)
LearnerId = NewType("LearnerId", str)
EventId = NewType("EventId", str)
ActionId = NewType("ActionId", str)

_needs_no_quoting = re.compile(r"[A-Za-z0-9_.~-]+/[A-Za-z0-9_.~-]+").fullmatch


def learner_key(tenant: str, learner: str) -> bytes:
    """The Kafka key of a learner: both ids percent-encoded (nothing is safe), joined by a slash.

    Most ids need no encoding; to see that takes a tenth of the time of encoding them.
    """
    joined = f"{tenant}/{learner}"
    if _needs_no_quoting(joined):
        return joined.encode()
    return f"{quote(tenant, safe='')}/{quote(learner, safe='')}".encode()


def parse_learner_key(key: bytes) -> tuple[TenantId, LearnerId]:
    """The inverse of learner_key. Raises ValueError on a key of another form."""
    tenant, learner = key.decode("ascii").split("/")
    return TenantId(unquote(tenant)), LearnerId(unquote(learner))
