"""The pauses between attempts: exponential, with full jitter."""

import random

FIRST_S, LONGEST_S = 0.1, 5.0


class Backoff:
    """Pauses of 0 to 0.1, 0.2, 0.4 ... 5 s at random, so that many lanes do not knock at once."""

    def __init__(self, first_s: float = FIRST_S, longest_s: float = LONGEST_S) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._ceiling_s = first_s

    def next_s(self) -> float:
        """The next pause, in seconds."""
        ceiling, self._ceiling_s = self._ceiling_s, min(self._ceiling_s * 2, self._longest_s)
        return random.uniform(ceiling / 10, ceiling)  # noqa: S311 - not a secret

    def reset(self) -> None:
        """It went well: the next pause is a short one again."""
        self._ceiling_s = self._first_s
