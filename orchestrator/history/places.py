"""Where a row's record stands in Kafka, as one number: no two rows share it, on no worker.

The higher bits are the partition (of the actions: and which of their topics), the lower 48 the
offset. So the rows of a partition lie together in the file, the oldest first.
"""

from orchestrator.topics import ACTIONS_LEARNER, ACTIONS_NOTIFICATION, ACTIONS_URGENT

OFFSET_BITS = 48
BEYOND = 1 << OFFSET_BITS

ACTION_TOPICS = (ACTIONS_LEARNER, ACTIONS_NOTIFICATION, ACTIONS_URGENT)
"""In this order they are numbered in the file: another order needs another schema version."""

_NUMBER = {topic: number for number, topic in enumerate(ACTION_TOPICS)}


def event_place(partition: int, offset: int) -> int:
    """The place of a record of the events."""
    return partition << OFFSET_BITS | offset


def action_place(topic: str, partition: int, offset: int) -> int:
    """The place of a record of one of ACTION_TOPICS."""
    return (partition * len(ACTION_TOPICS) + _NUMBER[topic]) << OFFSET_BITS | offset


def event_position(place: int) -> tuple[int, int]:
    """The partition and offset of event_place."""
    return place >> OFFSET_BITS, place & (BEYOND - 1)


def log_of(place: int) -> tuple[int, int]:
    """The places of the partition that a place lies in: the first, and the first beyond."""
    first = place >> OFFSET_BITS << OFFSET_BITS
    return first, first + BEYOND
