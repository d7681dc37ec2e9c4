"""How many entries the next read asks for."""

LEAST, MOST = 32, 1_000
TARGET_BYTES = 4_000_000


class Pace:
    """Grows while reads come back full, and shrinks with the entries' weight.

    It starts low, so that a worker which died of a batch too large for it does not die of the
    same batch again.
    """

    def __init__(
        self, least: int = LEAST, most: int = MOST, target_bytes: int = TARGET_BYTES
    ) -> None:
        self._most = most
        self._target_bytes = target_bytes
        self.count = least

    def learn(self, entries: int, size: int) -> None:
        """Take note of what a read brought: how many entries, of how many bytes in all."""
        if not entries:
            return
        wanted = self.count * 2 if entries >= self.count else self.count
        fits = self._target_bytes * entries // max(size, 1)
        self.count = max(1, min(wanted, fits, self._most))
