"""The words of a social-emotional alert: read generously, so that none is lost over its labels."""

from enum import StrEnum


class AlertType(StrEnum):
    """What a social-emotional alert is about; read in any case, an unknown one is `other`."""

    ANXIETY = "anxiety"
    FRUSTRATION = "frustration"
    CONFIDENCE = "confidence"
    ATTENTION = "attention"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "AlertType":
        return next((kind for kind in cls if kind == str(value).lower()), cls.OTHER)


class Severity(StrEnum):
    """How grave an alert is; read in any case, empty is medium."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @classmethod
    def _missing_(cls, value: object) -> "Severity | None":
        known = next((grade for grade in cls if grade == str(value).lower()), None)
        return cls.MEDIUM if value == "" else known
