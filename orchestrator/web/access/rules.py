"""What the settings say about access."""

from typing import NamedTuple

from orchestrator.api_tokens import ApiToken


class Rules(NamedTuple):
    """`tokens`: none means that this machine alone may ask. `cluster_token`: what workers show.

    `rate` requests a second, and `burst` at once, are each token's at this worker. By `audit_key`
    learners' hashes in the audit log are comparable; without it they are so for a worker's life.
    """

    tokens: tuple[ApiToken, ...] = ()
    cluster_token: str | None = None
    rate: float = 50.0
    burst: int = 200
    audit_key: str | None = None
