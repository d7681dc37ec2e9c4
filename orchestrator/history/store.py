"""The one writer of the file: entries in, rows out, with the positions that they were read up to.

Rows and positions are written in one transaction: after a crash it goes on where it was, and
neither loses nor doubles a row.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiokafka import TopicPartition

from orchestrator.core.times import micros
from orchestrator.history.counts import Cell, Deltas, buckets
from orchestrator.history.drafts import Drafts, Progress, Verdict
from orchestrator.history.entries import (
    ActionsErased,
    Asked,
    Came,
    Decided,
    Ended,
    Entry,
    EventsErased,
    Tried,
)
from orchestrator.history.names import Learners, Names
from orchestrator.history.places import log_of
from orchestrator.history.schema import open_for_writing

Positions = Mapping[TopicPartition, int]

_NEW_EVENT = "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_NEW_ACTION = "INSERT OR IGNORE INTO actions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_COUNT = """
INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET count = count + excluded.count
"""


class Store:
    """Open until it is closed. Not thread-safe. Raises sqlite3.Error where the disk fails."""

    def __init__(self, path: Path, cluster: str) -> None:
        """`cluster`: of which Kafka the history is; a file of another one is thrown away."""
        self.db = open_for_writing(path, cluster)
        self._names = Names(self.db)
        self._learners = Learners(self.db)
        self._drafts = Drafts()
        self._deltas: Deltas = Deltas()
        self._has_remains = self.db.execute("SELECT has_remains FROM about").fetchone() == (1,)
        self._is_rewritten = False
        self.rows = self._count_rows()

    def close(self) -> None:
        """End."""
        self.db.close()

    def positions(self) -> dict[TopicPartition, int]:
        """Up to where each topic was read."""
        found = self.db.execute("SELECT topic, partition, position FROM positions")
        return {TopicPartition(topic, number): position for topic, number, position in found}

    def write(self, entries: Iterable[Entry], positions: Positions) -> None:
        """Take entries, in the order of their logs, and the positions behind them."""
        with self._transaction():
            for entry in entries:
                self._take(entry)
            self._flush()
            self.db.executemany(
                "INSERT OR REPLACE INTO positions VALUES (?, ?, ?)",
                [(tp.topic, tp.partition, at) for tp, at in positions.items()],
            )

    def unknown(self, action_ids: Iterable[str]) -> set[str]:
        """Those of these actions that have no row."""
        wanted = set(action_ids)
        return wanted - self._known(wanted) if wanted else wanted

    def forget(self, kind: str, places: list[int]) -> None:
        """Delete these rows, and the learners of whom nothing is left."""
        with self._transaction():
            self._delete(kind, "place IN (SELECT value FROM json_each(?))", [json.dumps(places)])

    def scrub(self) -> bool:
        """Leave no copy of an erased learner's rows in the file; False if a reader still holds one.

        A row that is deleted is overwritten; but where SQLite had moved it to another page before,
        its copy stays in the room that the old page has left. So the file is written anew, and then
        the log emptied that had its pages. That takes time and disk by the size of the file.
        """
        if self._has_remains:
            if not self._is_rewritten:
                self.db.execute("VACUUM")
                self._is_rewritten = True
            busy, _, _ = self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                return False
            self.db.execute("UPDATE about SET has_remains = 0")
            self._has_remains = False
        return True

    # -- taking entries

    def _take(self, entry: Entry) -> None:
        drafts = self._drafts
        match entry:
            case Came():
                drafts.came(entry)
            case Decided():
                drafts.decided(entry)
            case Asked():
                drafts.asked(entry)
            case Tried():
                drafts.tried(entry)
            case Ended():
                drafts.ended(entry)
            case EventsErased():
                self._erase("events", entry)
            case ActionsErased():
                self._erase("actions", entry)

    def _erase(self, kind: str, entry: EventsErased | ActionsErased) -> None:
        """What came before it is forgotten; a learner's records are in one partition, in order."""
        self._flush()
        tenant = self._names.find(entry.tenant_id)
        learner = self._learners.find(tenant, entry.learner_id)
        if learner is None:
            return
        first, _ = log_of(entry.place)
        where = "learner = ? AND place >= ? AND place < ?"
        self._delete(kind, where, [learner, first, entry.place])
        self.db.execute("UPDATE about SET has_remains = 1")
        self._has_remains, self._is_rewritten = True, False

    def _flush(self) -> None:
        drafts, self._drafts = self._drafts, Drafts()
        if drafts.actions:
            drafts.forget_known(self._known(drafts.actions))
        self.db.executemany(_NEW_EVENT, [self._event(*each) for each in drafts.events.values()])
        self.db.executemany(_NEW_ACTION, [self._action(*each) for each in drafts.actions.values()])
        self._move_events(drafts.verdicts)
        self._move_actions(drafts.progress)
        self._write_counts()

    def _event(self, came: Came, verdict: Verdict) -> tuple[Any, ...]:
        event, state = came.event, verdict.state
        at, kind = micros(event.timestamp), self._names.number(event.type)
        tenant = self._names.number(event.tenant_id)
        learner = self._learners.number(tenant, event.learner_id, at)
        self._count("events", tenant, kind, state, at, 1)
        policy = self._names.number(verdict.policy_version) if verdict.policy_version else None
        return (
            came.place, tenant, learner, kind, state, at, came.kept, event.id,
            micros(event.received_at), policy, verdict.action_ids,
        )  # fmt: skip

    def _action(self, asked: Asked, progress: Progress) -> tuple[Any, ...]:
        action, state = asked.action, progress.state
        at, kind = micros(action.created_at), self._names.number(action.type)
        tenant = self._names.number(action.tenant_id)
        learner = self._learners.number(tenant, action.learner_id, at)
        self._count("actions", tenant, kind, state, at, 1)
        return (
            asked.place, tenant, learner, kind, state, at, asked.kept, action.action_id,
            progress.attempts, progress.http_status, progress.ended, progress.detail, asked.raw,
        )  # fmt: skip

    def _move_events(self, verdicts: Mapping[int, Verdict]) -> None:
        before = self._states("events", "place", verdicts)
        changes = []
        for place, verdict in verdicts.items():
            if (cell := before.get(place)) is not None:
                self._recount("events", cell, verdict.state)
                policy = self._names.number(verdict.policy_version or "")
                changes.append((verdict.state, policy, verdict.action_ids, place))
        update = "UPDATE events SET state = ?, policy = ?, action_ids = ? WHERE place = ?"
        self.db.executemany(update, changes)

    def _move_actions(self, progress: Mapping[str, Progress]) -> None:
        before = self._states("actions", "id", progress)
        changes = []
        for action_id, each in progress.items():
            cell = before.get(action_id)
            if cell is None or (each.ended is None and cell[2] > each.state):
                continue  # it has ended, and what was tried before is read late
            self._recount("actions", cell, each.state)
            changes.append(
                (each.state, each.attempts, each.http_status, each.ended, each.detail, action_id)
            )
        update = (
            "UPDATE actions SET state = ?, attempts = ?, http_status = ?, ended = ?, detail = ? "
            "WHERE id = ?"
        )
        self.db.executemany(update, changes)

    def _states(self, kind: str, key: str, wanted: Iterable[Any]) -> dict[Any, tuple[int, ...]]:
        """Tenant, type, state and time of the rows that there are, by their key."""
        keys = json.dumps(list(wanted))
        if keys == "[]":
            return {}
        wanted_ones = f"{key} IN (SELECT value FROM json_each(?))"  # noqa: S608
        sql = f"SELECT {key}, tenant, type, state, at FROM {kind} WHERE {wanted_ones}"  # noqa: S608
        found = self.db.execute(sql, (keys,))
        return {row[0]: row[1:] for row in found}

    def _known(self, action_ids: Iterable[str]) -> set[str]:
        return set(self._states("actions", "id", action_ids))

    # -- deleting

    def _delete(self, kind: str, where: str, values: list[Any]) -> None:
        gone = f"DELETE FROM {kind} WHERE {where} RETURNING tenant, type, state, at, learner"  # noqa: S608
        learners = set()
        for tenant, type_no, state, at, learner in self.db.execute(gone, values).fetchall():
            self._count(kind, tenant, type_no, state, at, -1)
            learners.add(learner)
        self._learners.forget_idle(learners)
        self._write_counts()

    # -- counting

    def _count(self, kind: str, tenant: int, type_no: int, state: int, at: int, more: int) -> None:
        self._deltas[Cell(kind, tenant, type_no, state), at] += more

    def _recount(self, kind: str, cell: tuple[int, ...], state: int) -> None:
        tenant, type_no, before, at = cell
        self._count(kind, tenant, type_no, before, at, -1)
        self._count(kind, tenant, type_no, state, at, 1)

    def _write_counts(self) -> None:
        deltas, self._deltas = self._deltas, Deltas()
        changed = [(*bucket, count) for bucket, count in buckets(deltas).items() if count]
        self.db.executemany(_COUNT, changed)
        self.rows += sum(deltas.values())
        emptied = [bucket for *bucket, count in changed if count < 0]
        self.db.executemany(
            "DELETE FROM counts WHERE kind = ? AND tenant = ? AND span = ? AND start = ? "
            "AND type = ? AND state = ? AND count = 0",
            emptied,
        )

    def _count_rows(self) -> int:
        sql = "SELECT (SELECT COUNT(*) FROM events) + (SELECT COUNT(*) FROM actions)"
        (rows,) = self.db.execute(sql).fetchone()
        return int(rows)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.db.execute("BEGIN IMMEDIATE")
        rows = self.rows
        try:
            yield
        except BaseException:
            self._undo(rows)
            raise
        self.db.execute("COMMIT")

    def _undo(self, rows: int) -> None:
        """Nothing of it happened, in the file nor in memory."""
        self.db.execute("ROLLBACK")
        self.rows, self._drafts, self._deltas = rows, Drafts(), Deltas()
        self._names.reload()
        self._learners.reload()
