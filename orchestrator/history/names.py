"""The numbers by which rows name tenants, types, policies and learners."""

import sqlite3
from collections.abc import Iterable

REMEMBERED = 100_000
"""Learners whose numbers are at hand; beyond, they are looked up again."""

MINUTE = 60_000_000


class Names:
    """The few texts that many rows share. Numbers begin at 1."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._numbers: dict[str, int] = {}
        self.reload()

    def reload(self) -> None:
        """Know what the file knows."""
        self._numbers = dict(self._db.execute("SELECT name, no FROM names"))

    def find(self, name: str) -> int | None:
        """Its number, if it has one."""
        return self._numbers.get(name)

    def number(self, name: str) -> int:
        """Its number; a new one if it has none yet."""
        known = self._numbers.get(name)
        if known is None:
            known = self._db.execute("INSERT INTO names (name) VALUES (?)", (name,)).lastrowid
            assert known is not None
            self._numbers[name] = known
        return known


class Learners:
    """The learners of whom there is a row, each at a tenant; and when they were seen last."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: dict[tuple[int, str], tuple[int, int]] = {}

    def reload(self) -> None:
        """Know no more than the file."""
        self._known.clear()

    def find(self, tenant: int | None, learner: str) -> int | None:
        """The learner's number, if there is one."""
        if tenant is None:
            return None
        found = self._look_up(tenant, learner)
        return None if found is None else found[0]

    def number(self, tenant: int, learner: str, at: int) -> int:
        """The learner's number, a new one if there is none yet; seen at `at` (microseconds)."""
        known = self._look_up(tenant, learner)
        if known is None:
            new = "INSERT INTO learners (learner, tenant, newest) VALUES (?, ?, ?)"
            number = self._db.execute(new, (learner, tenant, at)).lastrowid
            assert number is not None
        else:
            number, newest = known
            if at - newest < MINUTE:  # to the minute is enough, and costs a write less
                return number
            self._db.execute("UPDATE learners SET newest = ? WHERE no = ?", (at, number))
        self._known[tenant, learner] = number, at
        return number

    def forget_idle(self, numbers: Iterable[int]) -> None:
        """Forget those of whom there is no row any more."""
        idle = (
            "DELETE FROM learners WHERE no = ? "
            "AND NOT EXISTS (SELECT 1 FROM events WHERE learner = no) "
            "AND NOT EXISTS (SELECT 1 FROM actions WHERE learner = no) RETURNING tenant, learner"
        )
        for number in numbers:
            for tenant, learner in self._db.execute(idle, (number,)).fetchall():
                self._known.pop((tenant, learner), None)

    def _look_up(self, tenant: int, learner: str) -> tuple[int, int] | None:
        known = self._known.get((tenant, learner))
        if known is None:
            sql = "SELECT no, newest FROM learners WHERE learner = ? AND tenant = ?"
            if (known := self._db.execute(sql, (learner, tenant)).fetchone()) is not None:
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[tenant, learner] = known
        return known
