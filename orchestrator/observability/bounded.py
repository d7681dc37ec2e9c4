"""Keeping a label to a few values."""

OTHER = "other"


class FirstFew:
    """The first `most` values stand for themselves, any later one is "other"."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()

    def __call__(self, value: str) -> str:
        """What is shown for `value`."""
        if value in self._known:
            return value
        if len(self._known) >= self._most:
            return OTHER
        self._known.add(value)
        return value
