"""The tables of the file. Another shape needs another SCHEMA: the file is then made anew.

Tenants, types and policy versions stand once in `names`, learners in `learners`, and in the rows
by number: that keeps indexes small, and an id that has to go stands in few places. Times are
microseconds since 1970; `kept` is when Kafka got the record, in milliseconds. `has_remains`: some
learner's rows were deleted, and the file may still hold copies of them (Store.scrub).
"""

import sqlite3
from pathlib import Path

SCHEMA = 2

TABLES = """
CREATE TABLE about (cluster TEXT NOT NULL, has_remains INTEGER NOT NULL);
CREATE TABLE positions (
  topic TEXT NOT NULL, partition INTEGER NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
CREATE TABLE names (no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE learners (
  no INTEGER PRIMARY KEY, learner TEXT NOT NULL, tenant INTEGER NOT NULL,
  newest INTEGER NOT NULL, UNIQUE (learner, tenant)
);
CREATE INDEX learners_by_tenant ON learners (tenant, newest);
CREATE TABLE events (
  place INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, learner INTEGER NOT NULL,
  type INTEGER NOT NULL, state INTEGER NOT NULL, at INTEGER NOT NULL, kept INTEGER NOT NULL,
  id TEXT NOT NULL, received INTEGER NOT NULL, policy INTEGER, action_ids TEXT NOT NULL
);
CREATE INDEX events_by_id ON events (id);
CREATE TABLE actions (
  place INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, learner INTEGER NOT NULL,
  type INTEGER NOT NULL, state INTEGER NOT NULL, at INTEGER NOT NULL, kept INTEGER NOT NULL,
  id TEXT NOT NULL, attempts INTEGER NOT NULL, http_status INTEGER, ended INTEGER,
  detail TEXT NOT NULL, raw BLOB NOT NULL
);
CREATE UNIQUE INDEX actions_by_id ON actions (id);
CREATE TABLE counts (
  kind TEXT NOT NULL, tenant INTEGER NOT NULL, span INTEGER NOT NULL, start INTEGER NOT NULL,
  type INTEGER NOT NULL, state INTEGER NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (kind, tenant, span, start, type, state)
) WITHOUT ROWID;
"""

ORDERED = """
CREATE INDEX {kind}_by_learner ON {kind} (learner, at, type, state);
CREATE INDEX {kind}_by_tenant ON {kind} (tenant, at);
CREATE INDEX {kind}_by_tenant_cell ON {kind} (tenant, type, state, at);
CREATE INDEX {kind}_by_time ON {kind} (at);
CREATE INDEX {kind}_by_cell ON {kind} (type, state, at);
"""
"""A page is read off one of these, or off several that are merged: nothing is sorted."""

KINDS = ("events", "actions")

WRITING = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA secure_delete = ON;
PRAGMA cache_size = -32000;
PRAGMA journal_size_limit = 67108864;
"""
"""After a crash of the machine the newest rows may be gone, and the positions with them: they are
read again. What is deleted is overwritten, for it may be about a learner who was erased."""


def open_for_writing(path: Path, cluster: str) -> sqlite3.Connection:
    """The file; made anew if there is none, or it is of another schema or Kafka cluster.

    Raises sqlite3.Error or OSError if it cannot be used.
    """
    if path.exists() and not _is_ours(path, cluster):
        discard(path)
    new = not path.exists()
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(WRITING)
    if new:
        indexes = "".join(ORDERED.format(kind=kind) for kind in KINDS)
        db.executescript(f"BEGIN;{TABLES}{indexes}PRAGMA user_version = {SCHEMA};COMMIT;")
        db.execute("INSERT INTO about VALUES (?, 0)", (cluster,))
    return db


def discard(path: Path) -> None:
    """Remove the file, and what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def is_readable(db: sqlite3.Connection) -> bool:
    """Whether a file has this schema, all of it."""
    return bool(db.execute("PRAGMA user_version").fetchone() == (SCHEMA,))


def _is_ours(path: Path, cluster: str) -> bool:
    try:
        db = sqlite3.connect(path)
        try:
            return is_readable(db) and db.execute("SELECT cluster FROM about").fetchall() == [
                (cluster,)
            ]
        finally:
            db.close()
    except sqlite3.DatabaseError:
        return False
