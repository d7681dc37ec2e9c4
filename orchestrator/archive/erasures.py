"""Learners who are erased within what is exported: what stands before the mark is left out.

The mark itself stays: whoever folds the records forgets the learner in the same place.
"""

from orchestrator.core.event_codec import decode_event
from orchestrator.core.events import LearnerErased
from orchestrator.core.ids import learner_key
from orchestrator.errors import InvalidEvent

_MARK = LearnerErased.__struct_config__.tag
_BYTES = str(_MARK).encode()


class Erasures:
    """The last mark of every learner who is erased within a partition."""

    def __init__(self) -> None:
        self._marks: dict[bytes, int] = {}

    def note(self, key: bytes | None, value: bytes | None, offset: int) -> None:
        """Look at a record, in the order of offsets."""
        if key is not None and value is not None and _BYTES in value and _erases(key, value):
            self._marks[key] = offset

    def __bool__(self) -> bool:
        return bool(self._marks)

    def covers(self, key: bytes | None, _value: bytes | None, offset: int) -> bool:
        """Whether the record stands before a mark of its learner."""
        return key is not None and offset < self._marks.get(key, -1)

    def knows(self, key: bytes) -> bool:
        """Whether the learner is erased somewhere."""
        return key in self._marks


def _erases(key: bytes, value: bytes) -> bool:
    try:
        event = decode_event(value)
    except InvalidEvent:
        return False
    return (
        isinstance(event, LearnerErased) and learner_key(event.tenant_id, event.learner_id) == key
    )
