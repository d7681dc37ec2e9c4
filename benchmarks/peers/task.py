"""What a program under measurement is told, as the words of its command line."""

import sys
from pathlib import Path
from typing import NamedTuple


class Task(NamedTuple):
    """Read `events`, so many of them in all, as a member of the group `name`; then end in order.

    `folder` is for whatever it keeps on disk; `variant` for what its program can do in two ways.
    """

    bootstrap: str
    name: str
    events: str
    total: int
    folder: Path
    variant: str

    @property
    def actions(self) -> str:
        """The topic that actions are written to."""
        return f"{self.name}.actions"

    @property
    def changelog(self) -> str:
        """The topic of the states, for programs that may name it."""
        return f"{self.name}.changelog"

    def words(self) -> list[str]:
        """The command line."""
        return [str(part) for part in self]


def task_of_command_line() -> Task:
    """The inverse of Task.words."""
    bootstrap, name, events, total, folder, variant = sys.argv[1:]
    return Task(bootstrap, name, events, int(total), Path(folder), variant)
