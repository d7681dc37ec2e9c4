"""Two lists of actions, held against each other by plain means: the recount of a comparison.

Written from docs/domain.md and the definitions of the report alone; of the orchestrator it uses the
fold, which says what either policy decides, and nothing that compares.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from orchestrator.core.decisions import DecisionRow
from orchestrator.core.event_codec import decode_event
from orchestrator.core.events import Event
from orchestrator.core.fold import COUNTERS_KEY, Batch, Folded, fold
from orchestrator.core.ids import learner_key
from orchestrator.core.policy import Policy
from orchestrator.core.state import decode_state
from orchestrator.errors import InvalidEvent

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LEARNING = {
    "BASELINE_COMPLETE", "COURSEWORK_ANALYZED", "ASSESSMENT_COMPLETE", "LEARNER_PROGRESS",
    "ENGAGEMENT_LOW",
}  # fmt: skip
INTERNAL = {"LEVEL_SUGGESTION_FAILED", "LEARNER_ERASED"}
LADDER = ["beginner", "easy", "moderate", "challenging", "advanced"]
HALF_AN_HOUR = timedelta(minutes=30)
PAUSE = timedelta(minutes=15)


class Record(NamedTuple):
    """A record of the events topic."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


Log = Mapping[int, list[Record]]
"""The records by partition."""


Place = tuple[int, int]
"""A partition and an offset."""


class Act(NamedTuple):
    """An action, with where it is to be counted."""

    place: Place
    learner: bytes
    at: datetime
    type: str
    tenant: str
    rule: str
    hour: str
    level: str
    content: tuple[Any, ...]


class Range(NamedTuple):
    """What is compared: what comes before is decided by the policy of the warm-up on both sides."""

    since: datetime
    until: datetime
    warm_up: Policy


class Side(NamedTuple):
    """What one policy made of a log. By the place of an event: its outcome, and the level after.

    `events`: those that were compared; `warm_up`: those that only led to the states before.
    """

    acts: list[Act]
    outcomes: dict[Place, str]
    levels: dict[Place, str]
    events: dict[Place, tuple[bytes, Event]]
    warm_up: dict[Place, tuple[bytes, Event]]
    skipped: Counter[str]


def side(log: Log, policy: Policy, within: Range | None = None) -> Side:
    """Fold a log under a policy, an event at a time."""
    found = Side([], {}, {}, {}, {}, Counter())
    for partition, records in log.items():
        rows: dict[bytes, bytes] = {}
        for record in records:
            at = _time(record)
            if within is not None and at is not None and at >= within.until:
                found.skipped["after the range"] += 1
                continue
            warms_up = within is not None and at is not None and at < within.since
            by = within.warm_up if within is not None and warms_up else policy
            batch = Batch("events", partition, {by.version: by}, by.version, EPOCH)
            before = _level(rows.get(record.key or b""), by)
            folded = fold(batch, [record], rows)
            rows |= folded.changes
            del rows[COUNTERS_KEY]  # it would keep the policy of the record before in force
            place = partition, record.offset
            if not folded.rows():
                found.skipped[(folded.refusals or ["control"])[0]] += 1
            elif warms_up and record.key and record.value:
                found.skipped["warm-up"] += 1
                found.warm_up[place] = record.key, decode_event(record.value)
            else:
                _note(found, place, record, before, folded, rows, policy)
    return found


def _time(record: Record) -> datetime | None:
    """The time of a sound event of the learner whose key it has."""
    try:
        event = decode_event(record.value or b"")
    except InvalidEvent:
        return None
    key = learner_key(event.tenant_id, event.learner_id)
    return event.timestamp if record.key == key else None


def _note(
    found: Side,
    place: Place,
    record: Record,
    before: str,
    folded: Folded,
    rows: Mapping[bytes, bytes],
    policy: Policy,
) -> None:
    (decided,) = folded.rows()
    assert isinstance(decided, DecisionRow)
    assert record.key is not None
    assert record.value is not None
    event = decode_event(record.value)
    found.events[place] = record.key, event
    found.outcomes[place] = str(decided.outcome)
    found.levels[place] = _level(rows.get(record.key), policy)
    for _, action in folded.actions:
        content = (
            action.rule, action.parameters, action.confidence, action.expires_at, action.reason,
            action.title, action.message,
        )  # fmt: skip
        hour = f"{event.timestamp.astimezone(UTC).hour:02}"
        found.acts.append(
            Act(
                place, record.key, event.timestamp, str(action.type), event.tenant_id,
                action.rule, hour, before, content,
            )
        )  # fmt: skip


def _level(raw: bytes | None, policy: Policy) -> str:
    state = None if raw is None else decode_state(raw)
    blank = state is None or state.is_blank
    return str(policy.level.start if blank or state is None else state.level)


class Pairing(NamedTuple):
    """An action of base with what the candidate has of it, or the candidate's alone."""

    kind: str
    base: Act | None
    candidate: Act | None


def pairings(base: Side, candidate: Side) -> list[Pairing]:
    """What became of each action: same, changed, lost, added or moved."""
    mine = {(act.place, act.type): act for act in base.acts}
    theirs = {(act.place, act.type): act for act in candidate.acts}
    assert (len(mine), len(theirs)) == (len(base.acts), len(candidate.acts))
    found = [
        Pairing(
            "same" if mine[at].content == theirs[at].content else "changed", mine[at], theirs[at]
        )
        for at in mine.keys() & theirs.keys()
    ]
    alone: dict[tuple[bytes, str], list[tuple[Act, bool]]] = defaultdict(list)
    for at in mine.keys() ^ theirs.keys():
        act = mine[at] if at in mine else theirs[at]
        alone[act.learner, act.type].append((act, at in mine))
    for acts in alone.values():
        found += _moved(sorted(acts, key=lambda one: one[0].place))
    return found


def _moved(acts: Iterable[tuple[Act, bool]]) -> list[Pairing]:
    """In the order of the log, each with the oldest of the other side that is near enough."""
    found: list[Pairing] = []
    waiting: list[tuple[Act, bool]] = []
    for act, is_base in acts:
        gone = [one for one in waiting if act.at - one[0].at > HALF_AN_HOUR]
        found += [_single(*one) for one in gone]
        waiting = [one for one in waiting if one not in gone]
        near = [one for one in waiting if one[1] != is_base and one[0].at - act.at <= HALF_AN_HOUR]
        if near:
            other = min(near, key=lambda one: one[0].at)
            waiting.remove(other)
            pair = (act, other[0]) if is_base else (other[0], act)
            found.append(Pairing("moved", *pair))
        else:
            waiting.append((act, is_base))
    return found + [_single(*one) for one in waiting]


def _single(act: Act, is_base: bool) -> Pairing:
    return Pairing("lost", act, None) if is_base else Pairing("added", None, act)


Row = dict[str, int]


def table(found: Iterable[Pairing], field: str | None) -> dict[tuple[str, str], Row]:
    """Counts and learners by (type, the value of a field of the action); "" without a field."""
    rows: dict[tuple[str, str], Row] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
    learners: dict[tuple[str, str], set[bytes]] = defaultdict(set)

    def part(act: Act) -> tuple[str, str]:
        where = act.type, getattr(act, field) if field else ""
        learners[where].add(act.learner)
        return where

    for kind, base, candidate in found:
        if base is not None:
            rows[part(base)]["base"] += 1
        if candidate is not None:
            rows[part(candidate)]["candidate"] += 1
        counted = base or candidate
        assert counted is not None
        rows[part(counted)][kind] += 1
    return {where: row | {"learners": len(learners[where])} for where, row in rows.items()}


COLUMNS = ("base", "candidate", "same", "changed", "lost", "added", "moved")


def learners_differing(found: Iterable[Pairing]) -> dict[str, int]:
    """By type, how many learners have an action that is not the same."""
    differing: dict[str, set[bytes]] = defaultdict(set)
    for kind, base, candidate in found:
        act = base or candidate
        if kind != "same" and act is not None:
            differing[act.type].add(act.learner)
    return {kind: len(learners) for kind, learners in differing.items()}


def harms(found: list[Pairing], base: Side, candidate: Side, limit: int) -> Row:
    lost = [one.base.learner for one in found
            if one.kind == "lost" and one.base and one.base.type == "SEL_INTERVENTION"]  # fmt: skip
    days = [breaks_a_day(each) for each in (base, candidate)]
    over = [{day: n for day, n in each.items() if n > limit} for each in days]
    who = [{learner for learner, _ in each} for each in over]
    falls: dict[bytes, int] = defaultdict(int)
    for place, level in base.levels.items():
        fall = LADDER.index(level) - LADDER.index(candidate.levels[place])
        learner = base.events[place][0]
        falls[learner] = max(falls[learner], fall)
    return {
        "lost_interventions": len(lost),
        "learners_losing_interventions": len(set(lost)),
        "breaks_a_day": limit,
        "learners_over_base": len(who[0]),
        "learners_over_candidate": len(who[1]),
        "learners_newly_over": len(who[1] - who[0]),
        "days_over_base": len(over[0]),
        "days_over_candidate": len(over[1]),
        "most_breaks_a_day_base": max(days[0].values()),
        "most_breaks_a_day_candidate": max(days[1].values()),
        "learners_two_levels_below": sum(fall >= 2 for fall in falls.values()),
        "largest_fall": max(falls.values()),
    }


def breaks_a_day(side: Side) -> Counter[tuple[bytes, Any]]:
    return Counter(
        (act.learner, act.at.astimezone(UTC).date())
        for act in side.acts
        if act.type == "GAME_BREAK"
    )


def divergence(base: Side, candidate: Side) -> tuple[int, int]:
    """How many learners had another level at some moment, and after how many events."""
    places = [place for place, level in base.levels.items() if candidate.levels[place] != level]
    return len({base.events[place][0] for place in places}), len(places)


def other_outcomes(base: Side, candidate: Side) -> Counter[tuple[str, str]]:
    pairs = ((mine, candidate.outcomes[place]) for place, mine in base.outcomes.items())
    return Counter(pair for pair in pairs if pair[0] != pair[1])


def denominators(log: Log, base: Side) -> dict[str, Any]:
    """What was looked at; work is the time between learning events that no pause lies between."""
    outcomes: Counter[str] = Counter()
    days: set[tuple[bytes, Any]] = set()
    last: dict[bytes, datetime] = {}
    worked = timedelta()
    skipped = Counter(base.skipped)
    for place, (learner, event) in sorted((base.events | base.warm_up).items()):
        if event.type in INTERNAL:
            skipped["internal"] += place in base.events
            if event.type == "LEARNER_ERASED":
                last.pop(learner, None)
            continue
        if place in base.events:
            outcomes[base.outcomes[place]] += 1
            if base.outcomes[place] != "decided":
                continue
            days.add((learner, event.timestamp.astimezone(UTC).date()))
        at, reported = event.timestamp, timedelta(minutes=_duration(event))
        if event.type in LEARNING and at >= last.get(learner, EPOCH):
            gap = at - last[learner] if learner in last else None
            if place in base.events:
                worked += reported if gap is None or gap - reported >= PAUSE else gap
            last[learner] = at
    read = sum(len(records) for records in log.values())
    return {
        "read": read,
        "eligible": read - sum(skipped.values()),
        "evaluated": outcomes["decided"],
        "skipped": dict(skipped),
        "outcomes": dict(outcomes),
        "learners": len({learner for learner, _ in days}),
        "learner_days": len(days),
        "learner_hours": worked / timedelta(hours=1),
    }


def _duration(event: Event) -> float:
    return getattr(getattr(event, "data", None), "session_duration", None) or 0.0
