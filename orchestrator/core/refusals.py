"""Why an input is refused: the closed set of dead-letter reasons (also a metric label)."""

from enum import StrEnum


class Refusal(StrEnum):
    """The reason header of a dead letter; the detail says which field and what was found."""

    NOT_UTF8 = "not utf-8"
    MALFORMED_JSON = "malformed json"
    NOT_AN_OBJECT = "not an object"
    TOO_LARGE = "too large"
    UNKNOWN_TYPE = "unknown type"
    UNKNOWN_DIALECT = "unknown dialect"
    AMBIGUOUS = "ambiguous"
    UPLOAD_ANNOUNCEMENT = "upload announcement"
    MISSING_TENANT = "missing tenant_id"
    MISSING_FIELD = "missing field"
    INVALID_FIELD = "invalid field"
    FUTURE = "timestamp in the future"
    WRONG_KEY = "wrong key"
    UNDELIVERABLE = "undeliverable"
    REJECTED = "rejected downstream"
