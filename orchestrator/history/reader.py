"""The History port: the file, asked in threads, each question within a time."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from orchestrator.clock import Clock
from orchestrator.core.times import micros
from orchestrator.errors import HistoryUnavailable
from orchestrator.history import reading
from orchestrator.history.rows import ActionRow, EventRow, Page, Query, TenantFigures
from orchestrator.history.schema import is_readable

T = TypeVar("T")

THREADS = 2
WITHIN_S = 2.0
"""Seconds that a question may take, and may wait before."""
CHECK_EVERY = 10_000
"""Steps of SQLite's machine between two looks at the clock: below a millisecond."""

ACTIVE = timedelta(hours=1)

NOT_YET = "The history is not there yet: it is read from Kafka when a worker starts. Try again."
TOO_SLOW = f"This takes over {WITHIN_S:g} s. Ask for less: one learner, or a shorter time."
FAULTY = "The history cannot be read: {}. It is made anew when DATA_DIR is empty."


class HistoryReader:
    """Implements the History port; the file may come, go and be replaced meanwhile."""

    def __init__(self, path: Path, clock: Clock, within: float = WITHIN_S) -> None:
        self._path = path
        self._clock = clock
        self._within = within
        self._threads = ThreadPoolExecutor(THREADS, "history")
        self._open = threading.local()
        self._opened: list[sqlite3.Connection] = []

    async def close(self) -> None:
        """Take no more questions, and end; those under way have their time."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        for db in self._opened:
            db.close()

    async def events(self, query: Query) -> Page[EventRow]:
        """See History."""
        return await self._ask(lambda db: reading.events(db, query))

    async def actions(self, query: Query) -> Page[ActionRow]:
        """See History."""
        return await self._ask(lambda db: reading.actions(db, query))

    async def last_actions(
        self, tenant_id: str, learner_id: str, limit: int
    ) -> Sequence[ActionRow]:
        """See History."""
        query = Query(tenant_id=tenant_id, learner_id=learner_id, limit=limit)
        return (await self.actions(query)).rows

    async def figures(self, tenant_id: str) -> TenantFigures:
        """See History."""
        since = micros(self._clock.now() - ACTIVE)
        return await self._ask(lambda db: reading.figures(db, tenant_id, since))

    async def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        deadline = time.monotonic() + self._within
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._answer, question, deadline)

    def _answer(self, question: Callable[[sqlite3.Connection], T], deadline: float) -> T:
        if time.monotonic() > deadline:  # it has waited for others
            raise HistoryUnavailable(TOO_SLOW)
        try:
            db = self._connection()
            db.set_progress_handler(lambda: time.monotonic() > deadline, CHECK_EVERY)
            db.execute("BEGIN")  # rows and counts are of one moment
            try:
                return question(db)
            finally:
                db.execute("ROLLBACK")
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
                raise HistoryUnavailable(TOO_SLOW) from error
            self._open.which = None
            raise HistoryUnavailable(FAULTY.format(error)) from error

    def _connection(self) -> sqlite3.Connection:
        """This thread's; a new one if the file is another by now."""
        try:
            which = self._path.stat().st_ino
        except OSError:
            raise HistoryUnavailable(NOT_YET) from None
        if getattr(self._open, "which", None) != which:
            self._open.which, before = None, getattr(self._open, "db", None)
            if before is not None:
                before.close()
            self._open.db = self._connect()
            self._open.which = which
        found: sqlite3.Connection = self._open.db
        return found

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            f"{self._path.as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,  # closed by another than the one who uses it
        )
        self._opened.append(db)
        if not is_readable(db):
            raise HistoryUnavailable(NOT_YET)
        return db
