"""Why Redis does not let us in, as a sentence that says what to do."""

from redis.exceptions import AuthenticationError, NoPermissionError

from orchestrator.tls import Trouble, tls_trouble


def refusal(error: BaseException) -> Trouble | None:
    """Why; None if Redis is merely away, or something else is amiss."""
    if isinstance(error, NoPermissionError):
        remedy = "Give the user of REDIS_URL the rights of docs/security.md."
        return Trouble(f"It does not allow that ({error})", remedy)
    if isinstance(error, AuthenticationError):
        return Trouble(f"It does not let us in ({error})", "See user and password in REDIS_URL.")
    return tls_trouble(error, "REDIS_SSL_CAFILE")
