"""What a caller of the HTTP API may do."""

from enum import StrEnum


class Scope(StrEnum):
    """None implies another: who may erase a learner need not be able to read one."""

    READ = "read"
    TRIGGER = "trigger"
    ADMIN = "admin"
