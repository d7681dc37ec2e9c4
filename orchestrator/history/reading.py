"""Queries on the file, one connection at a time: rows, counts and figures out."""

import sqlite3
from collections import Counter
from typing import Any

from orchestrator.core.actions import SERVICE_OF, ActionType, decode_action
from orchestrator.core.times import END, HOUR, micros, moment
from orchestrator.history.branches import Wanted, branches, count_sql, page_sql
from orchestrator.history.counts import ALL_TENANTS, Stretch, stretches
from orchestrator.history.places import event_position
from orchestrator.history.rows import ActionRow, EventRow, Page, Query, TenantFigures
from orchestrator.history.states import (
    ACTION_OUTCOMES,
    EVENT_OUTCOMES,
    WAITING,
    action_states,
    action_status,
    event_states,
    event_status,
)

EVENT_COLUMNS = (
    "tenants.name, learners.learner, types.name, state, events.at, id, received, policies.name, "
    "action_ids, events.place"
)
ACTION_COLUMNS = "state, attempts, http_status, ended, detail, raw"

_EVENT_NAMES = (
    " JOIN names AS tenants ON tenants.no = events.tenant"
    " JOIN names AS types ON types.no = events.type"
    " JOIN learners ON learners.no = events.learner"
    " LEFT JOIN names AS policies ON policies.no = events.policy"
)
NOBODY = -1
"""The number of no name; not that of all tenants."""


def events(db: sqlite3.Connection, query: Query) -> Page[EventRow]:
    """The events that are wanted. Raises sqlite3.Error."""
    states = None if query.status is None else event_states(query.status)
    types = None if query.type is None else frozenset({_number(db, query.type)})
    rows, total = _page(db, _wanted(db, "events", query, types, states), EVENT_COLUMNS)
    return Page([_event_row(row) for row in rows], total)


def actions(db: sqlite3.Connection, query: Query) -> Page[ActionRow]:
    """The actions that are wanted. Raises sqlite3.Error."""
    states = None if query.status is None else action_states(query.status)
    types = _action_types(db, query)
    rows, total = _page(db, _wanted(db, "actions", query, types, states), ACTION_COLUMNS)
    return Page([_action_row(row) for row in rows], total)


def figures(db: sqlite3.Connection, tenant_id: str, active_since: int) -> TenantFigures:
    """What there is of a tenant; who has an event since then (microseconds) is active."""
    tenant = _number(db, tenant_id)
    names: dict[int, str] = dict(db.execute("SELECT no, name FROM names").fetchall())
    found: Counter[tuple[str, str | None]] = Counter()
    by_type: Counter[str] = Counter()
    for kind, (type_no, state), count in _tenant_cells(db, tenant):
        outcomes = EVENT_OUTCOMES if kind == "events" else ACTION_OUTCOMES
        found[kind, outcomes[state]] += count
        if kind == "actions":
            by_type[names[type_no]] += count
    learners = "SELECT COUNT(*), COALESCE(SUM(newest > ?), 0), MAX(newest) FROM learners"
    total, active, newest = db.execute(
        f"{learners} WHERE tenant = ?",
        (active_since, tenant),
    ).fetchone()
    return TenantFigures(
        events={str(o): n for (kind, o), n in found.items() if kind == "events" and o},
        events_in_flight=found["events", EVENT_OUTCOMES[WAITING]],
        actions=dict(by_type),
        ended={str(o): n for (kind, o), n in found.items() if kind == "actions" and o},
        active_learners=active,
        total_learners=total,
        newest=None if newest is None else moment(newest),
    )


def _tenant_cells(db: sqlite3.Connection, tenant: int) -> list[tuple[str, tuple[int, int], int]]:
    sql = (
        "SELECT kind, type, state, SUM(count) FROM counts WHERE kind = ? AND tenant = ? "
        "AND span = ? GROUP BY type, state"
    )
    return [
        (kind, (type_no, state), count)
        for wanted in ("events", "actions")
        for kind, type_no, state, count in db.execute(sql, (wanted, tenant, HOUR))
    ]


# -- what is wanted, in numbers


def _wanted(
    db: sqlite3.Connection,
    kind: str,
    query: Query,
    types: frozenset[int] | None,
    states: frozenset[int] | None,
) -> Wanted:
    tenant = None if query.tenant_id is None else _number(db, query.tenant_id)
    learners = None if query.learner_id is None else _learners(db, query.learner_id, tenant)
    return Wanted(
        kind=kind,
        tenant=tenant,
        learners=learners,
        id=query.id,
        types=types,
        states=states,
        start=0 if query.start is None else micros(query.start),
        end=micros(END) if query.end is None else micros(query.end),
        limit=query.limit,
        offset=query.offset,
    )


def _number(db: sqlite3.Connection, name: str) -> int:
    found = db.execute("SELECT no FROM names WHERE name = ?", (name,)).fetchone()
    return NOBODY if found is None else int(found[0])


def _learners(db: sqlite3.Connection, learner_id: str, tenant: int | None) -> list[int]:
    sql = "SELECT no FROM learners WHERE learner = ? AND (?2 IS NULL OR tenant = ?2)"
    return [number for (number,) in db.execute(sql.replace("= ?", "= ?1", 1), (learner_id, tenant))]


def _action_types(db: sqlite3.Connection, query: Query) -> frozenset[int] | None:
    if query.service is None:
        return None if query.type is None else frozenset({_number(db, query.type)})
    served = [each for each in ActionType if SERVICE_OF[each] is query.service]
    return frozenset(
        _number(db, each) for each in served if query.type is None or each == query.type
    )


# -- the rows, and how many there are


def _page(
    db: sqlite3.Connection, wanted: Wanted, columns: str
) -> tuple[list[tuple[Any, ...]], int]:
    cells = _cells(db, wanted) if wanted.is_of_cells else []
    found = branches(wanted, cells)
    if not found:
        return [], 0
    if wanted.is_counted:
        total = _counted(db, wanted, cells)
    else:
        (total,) = db.execute(*count_sql(wanted, found)).fetchone()
    if wanted.offset >= total:
        return [], total
    sql, values = page_sql(wanted, found, columns)
    if wanted.kind == "events":
        sql = sql.replace(" USING (place) ", f" USING (place){_EVENT_NAMES} ")
    return db.execute(sql, values).fetchall(), total


def _cells(db: sqlite3.Connection, wanted: Wanted) -> list[tuple[int, int]]:
    """The types and states that are wanted and of which there is a row, at whatever time."""
    sql = "SELECT DISTINCT type, state FROM counts WHERE kind = ? AND tenant = ? AND span = ?"
    tenant = ALL_TENANTS if wanted.tenant is None else wanted.tenant
    return [
        (type_no, state)
        for type_no, state in db.execute(sql, (wanted.kind, tenant, HOUR))
        if (wanted.types is None or type_no in wanted.types)
        and (wanted.states is None or state in wanted.states)
    ]


def _counted(db: sqlite3.Connection, wanted: Wanted, cells: list[tuple[int, int]]) -> int:
    return sum(_count(db, wanted, cells, part) for part in stretches(wanted.start, wanted.end))


def _count(
    db: sqlite3.Connection, wanted: Wanted, cells: list[tuple[int, int]], part: Stretch
) -> int:
    """The rows of one stretch of time."""
    if not part.span:
        within = wanted._replace(start=part.start, end=part.end)
        (count,) = db.execute(*count_sql(within, branches(within, cells))).fetchone()
        return int(count)
    sql = (
        "SELECT type, state, SUM(count) FROM counts WHERE kind = ? AND tenant = ? AND span = ? "
        "AND start >= ? AND start < ? GROUP BY type, state"
    )
    tenant = ALL_TENANTS if wanted.tenant is None else wanted.tenant
    found = db.execute(sql, (wanted.kind, tenant, part.span, part.start, part.end))
    return sum(
        count
        for type_no, state, count in found
        if not wanted.is_of_cells or (type_no, state) in cells
    )


# -- what a row says


def _event_row(row: tuple[Any, ...]) -> EventRow:
    tenant, learner, kind, state, at, event_id, received, policy, action_ids, place = row
    partition, offset = event_position(place)
    return EventRow(
        id=event_id,
        type=kind,
        tenant_id=tenant,
        learner_id=learner,
        timestamp=moment(at),
        received_at=moment(received),
        status=event_status(state),
        outcome=EVENT_OUTCOMES[state],
        policy_version=policy,
        partition=partition,
        offset=offset,
        action_ids=tuple(action_ids.split()),
    )


def _action_row(row: tuple[Any, ...]) -> ActionRow:
    state, attempts, http_status, ended, detail, raw = row
    action = decode_action(raw)
    return ActionRow(
        action=action,
        target_service=SERVICE_OF[action.type],
        status=action_status(state),
        outcome=ACTION_OUTCOMES[state],
        attempts=attempts,
        http_status=http_status,
        ended_at=None if ended is None else moment(ended),
        detail=detail,
    )
