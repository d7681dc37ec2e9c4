"""What holds across a crash; the values are those of the setting PROCESSING_GUARANTEE."""

from enum import StrEnum


class Guarantee(StrEnum):
    """See docs/guarantees.md."""

    AT_LEAST_ONCE = "at_least_once"
    EXACTLY_ONCE = "exactly_once"
