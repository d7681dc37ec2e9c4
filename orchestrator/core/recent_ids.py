"""A learner's latest event ids: 8 bytes of a hash each, the oldest first, in one bytes object."""

from hashlib import blake2b

WIDTH = 8


def id_hash(event_id: str) -> bytes:
    """The 8 bytes that stand for an event id, the same on every machine."""
    return blake2b(event_id.encode(), digest_size=WIDTH).digest()


def is_recent(recent: bytes, hashed: bytes) -> bool:
    """Whether an id is among the recent ones."""
    at = recent.find(hashed)
    while at > 0 and at % WIDTH:  # found across the border of two others
        at = recent.find(hashed, at + 1)
    return at >= 0


def remember(recent: bytes, hashed: bytes, kept: int) -> bytes:
    """The recent ids with one more, the latest `kept` of them."""
    return (recent + hashed)[-kept * WIDTH :]
