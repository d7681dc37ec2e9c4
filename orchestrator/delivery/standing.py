"""What there is to show of a desk."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from orchestrator.core.actions import ActionType


class Standing(Struct, frozen=True):
    """Of all partitions at one desk.

    `actions`: those that have not ended. `oldest`: by type, when the earliest event was whose
    action stands first for its learner; None: none stands. `is_held_back`: the breaker is open.
    """

    actions: int
    oldest: Mapping[ActionType, datetime | None]
    is_held_back: bool
