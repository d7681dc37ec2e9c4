"""A learner's latest event ids: 8 bytes of a hash each, the oldest first, in one bytes object."""

from hashlib import blake2b

WIDTH = 8

_no_id_yet = blake2b(digest_size=WIDTH)


def id_hash(event_id: str) -> bytes:
    """The 8 bytes that stand for an event id, the same on every machine."""
    hasher = _no_id_yet.copy()  # half the time of making one anew
    hasher.update(event_id.encode())
    return hasher.digest()


def is_recent(recent: bytes, hashed: bytes) -> bool:
    """Whether an id is among the recent ones."""
    at = recent.rfind(hashed)  # the newest first; it takes less time than the other way round, too
    while at > 0 and at % WIDTH:  # found across the border of two others
        at = recent.rfind(hashed, 0, at + WIDTH - 1)
    return at >= 0


def remember(recent: bytes, hashed: bytes, kept: int) -> bytes:
    """The recent ids with one more, the latest `kept` of them."""
    remembered = recent + hashed
    return remembered if len(remembered) <= kept * WIDTH else remembered[-kept * WIDTH :]
