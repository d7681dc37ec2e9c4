"""Work that can be stopped between any two steps: coroutines that nobody but us drives.

What the product awaits of its ports leads to `step`, and nothing else in it waits; so no event loop
is needed, and who is next is the seed's choice.
"""

from collections.abc import Coroutine, Generator
from typing import Any


class _Step:
    def __await__(self) -> Generator[None, None, None]:
        yield


async def step() -> None:
    """Here the worker may die, or others may come first."""
    await _Step()


class Task:
    """A coroutine under way. An exception of its own is raised where it is driven."""

    def __init__(self, work: Coroutine[Any, Any, None]) -> None:
        self._work = work
        self.ended = False

    def go_on(self) -> None:
        """Drive it to its next step, or to its end."""
        try:
            self._work.send(None)
        except StopIteration:
            self.ended = True

    def finish(self) -> None:
        """Drive it to its end."""
        while not self.ended:
            self.go_on()

    def break_off(self) -> None:
        """Whoever did it has died: nothing more of it happens."""
        self.ended = True
        self._work.close()
