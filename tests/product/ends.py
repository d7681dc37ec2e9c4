"""How actions ended: what was written of it, held against what had to and what could happen."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import NamedTuple

from orchestrator.core.actions import Action, ActionType, Outcome, Service
from orchestrator.core.event_codec import decode_event
from orchestrator.core.events import LevelSuggestionFailed
from orchestrator.core.outcomes import ActionOutcome, decode_outcome
from orchestrator.core.refusals import Refusal
from orchestrator.delivery.calls import UnsendableAction, call_for
from orchestrator.delivery.rows import is_permanent_level
from orchestrator.delivery.verdicts import Answer, Kind, judge_answer
from orchestrator.errors import InvalidEvent
from orchestrator.stream.records import RawRecord
from orchestrator.topics import DEAD_LETTERS, EVENTS, OUTCOMES

Log = Mapping[str, Mapping[int, Sequence[RawRecord]]]
"""Topic -> partition -> records."""

ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
UNDELIVERED = frozenset({Outcome.REJECTED, Outcome.EXPIRED, Outcome.FAILED})
REASON = {Outcome.REJECTED: Refusal.REJECTED, Outcome.FAILED: Refusal.UNDELIVERABLE}


@dataclass
class EndFindings:
    """What is not as it must be of how actions ended; all zero is right.

    `unheard_calls`: what was applied has been called, and its end knows of no attempt. Only a
    worker that died between the call and its note may leave that behind.
    """

    without_outcome: int = 0
    doubled_outcomes: int = 0
    misnumbered_outcomes: int = 0
    wrong_outcomes: int = 0
    undelivered: int = 0
    unexpected_calls: int = 0
    unheard_calls: int = 0
    wrong_delivered_levels: int = 0
    wrong_failed_levels: int = 0
    sent_after_erasure: int = 0


class Era(NamedTuple):
    """When an action was decided: after so many erasures of its learner, and before another."""

    number: int = 0
    erased: bool = False


@dataclass
class Ends:
    """What was written: outcomes by their serial numbers, repetitions once."""

    numbered: dict[tuple[int, Service], dict[int, ActionOutcome]]
    contradictions: int
    letters: Collection[tuple[str, str]]
    failed_levels: Mapping[str, str | None]

    @property
    def outcomes(self) -> list[ActionOutcome]:
        """Each once, those of a partition and service in their order."""
        return [
            by_serial[serial]
            for by_serial in self.numbered.values()
            for serial in sorted(by_serial)
        ]


def read_ends(log: Log) -> Ends:
    """Take out of the log what it says of ends."""
    ends = Ends(defaultdict(dict), 0, set(_letters(_all(log, DEAD_LETTERS))), {})
    for number, records in log[OUTCOMES].items():
        for record in records:
            outcome = decode_outcome(record.value or b"")
            by_serial = ends.numbered[number, outcome.service]
            first = by_serial.setdefault(outcome.serial, outcome)
            ends.contradictions += first != outcome
    ends.failed_levels = dict(_failed_levels(_all(log, EVENTS)))
    return ends


def judge_ends(
    findings: EndFindings,
    ends: Ends,
    actions: Mapping[str, Action],
    applied: Sequence[str],
    eras: Mapping[str, Era] | None = None,
) -> None:
    """`actions`: all that were decided, in their order; `applied`: keys that took effect.

    `eras` by action; where there are none, nobody was erased.
    """
    eras = dict.fromkeys(actions, Era()) | dict(eras or {})
    keys = frozenset(applied)
    by_action: dict[str, list[ActionOutcome]] = defaultdict(list)
    for outcome in ends.outcomes:
        by_action[outcome.action_id].append(outcome)
    findings.unexpected_calls = len(keys - set(actions))
    findings.without_outcome = len(set(actions) - set(by_action))
    findings.doubled_outcomes = sum(map(_is_doubled, by_action.values()))
    findings.misnumbered_outcomes = ends.contradictions + sum(
        sorted(by_serial) != list(range(1, len(by_serial) + 1))
        for by_serial in ends.numbered.values()
    )
    findings.undelivered = sum(
        outcomes[-1].outcome is Outcome.DELIVERED and action_id not in keys
        for action_id, outcomes in by_action.items()
    )
    _judge_kinds(findings, ends, actions, keys)
    _judge_levels(findings, ends, actions, eras)
    _judge_erased(findings, ends, eras)


def replayed(ends: Ends) -> Collection[str]:
    """The actions that have a later end in place of a refusal."""
    return {each.action_id for each in ends.outcomes if each.replaces is not None}


def _is_doubled(outcomes: Sequence[ActionOutcome]) -> bool:
    """Only a refusal may be followed by another end, which says that it takes its place."""
    before: Outcome | None = None
    for outcome in outcomes:
        if outcome.replaces != before or before not in {None, *REASON}:
            return True
        before = outcome.outcome
    return False


def _judge_kinds(
    findings: EndFindings, ends: Ends, actions: Mapping[str, Action], applied: Collection[str]
) -> None:
    newest = _newest_levels(ends.outcomes, actions)
    for outcome in ends.outcomes:
        action = actions.get(outcome.action_id)
        findings.wrong_outcomes += (
            action is None
            or not (_is_right(action, outcome, newest) or _is_overtaken(outcome, ends.outcomes))
            or (_needs_letter(outcome) not in {None, *ends.letters})
        )
        findings.unheard_calls += (
            outcome.attempts == 0
            and outcome.action_id in applied
            and outcome.outcome is not Outcome.ERASED
        )


def _is_right(
    action: Action, outcome: ActionOutcome, newest: Mapping[object, ActionOutcome]
) -> bool:
    match outcome.outcome:
        case Outcome.DELIVERED:
            return True  # see `undelivered`
        case Outcome.EXPIRED:
            return action.expires_at is not None and outcome.at >= action.expires_at
        case Outcome.REJECTED:
            return _is_final(outcome.status)
        case Outcome.SUPERSEDED:
            newer = newest.get(_lane(action))
            return newer is not None and newer.serial > outcome.serial
        case Outcome.FAILED:
            return _is_unsendable(action)
        case Outcome.ERASED:
            return True  # see `sent_after_erasure`


def _is_overtaken(replayed: ActionOutcome, outcomes: Iterable[ActionOutcome]) -> bool:
    """Whether a newer path had arrived when an old one was replayed: a later event's."""
    if replayed.outcome is not Outcome.SUPERSEDED or replayed.replaces is None:
        return False
    return replayed.type is ActionType.LEARNING_PATH_UPDATE and any(
        each.outcome is Outcome.DELIVERED
        and (each.type, each.tenant_id, each.learner_id)
        == (replayed.type, replayed.tenant_id, replayed.learner_id)
        and each.serial < replayed.serial
        for each in outcomes
    )


def _is_final(status: int | None) -> bool:
    """Whether a service that answers so will never take the action."""
    if status is None:
        return False
    return judge_answer(Answer(status), now=ANY_TIME, host="").kind is Kind.REJECTED


def _is_unsendable(action: Action) -> bool:
    try:
        call_for(action)
    except UnsendableAction:
        return True
    return False


def _needs_letter(outcome: ActionOutcome) -> tuple[str, str] | None:
    reason = REASON.get(outcome.outcome)
    return None if reason is None else (f"action:{outcome.action_id}", reason)


def _lane(action: Action) -> object:
    """Level suggestions of one kind for one learner; nothing else is ever superseded."""
    if action.type is not ActionType.LEVEL_SUGGESTED:
        return action.action_id
    return action.tenant_id, action.learner_id, is_permanent_level(action)


def _newest_levels(
    outcomes: Iterable[ActionOutcome], actions: Mapping[str, Action]
) -> dict[object, ActionOutcome]:
    """The outcome of the newest suggestion of each kind and learner."""
    rank = {action_id: number for number, action_id in enumerate(actions)}
    newest: dict[object, ActionOutcome] = {}
    for outcome in sorted(outcomes, key=lambda each: rank.get(each.action_id, -1)):
        if outcome.action_id in actions:
            newest[_lane(actions[outcome.action_id])] = outcome
    return newest


def _judge_erased(findings: EndFindings, ends: Ends, eras: Mapping[str, Era]) -> None:
    """Only who was erased has such ends; after the first of them, all of its kind end so."""
    erased: set[object] = set()
    for outcome in ends.outcomes:
        era = eras.get(outcome.action_id, Era())
        lane = (outcome.tenant_id, outcome.learner_id, outcome.type, era.number)
        if outcome.outcome is Outcome.ERASED:
            erased.add(lane)
            findings.sent_after_erasure += not era.erased
        else:
            findings.sent_after_erasure += lane in erased


def _judge_levels(
    findings: EndFindings, ends: Ends, actions: Mapping[str, Action], eras: Mapping[str, Era]
) -> None:
    """The level that had arrived before, and the events about those that did not.

    Of a learner who has been erased since, it may be forgotten.
    """
    arrived: dict[tuple[str, str, int], str] = {}
    must_fail: dict[str, str | None] = {}
    for outcome in ends.outcomes:
        action = actions.get(outcome.action_id)
        if action is None:
            continue
        era, permanent = eras[outcome.action_id], is_permanent_level(action)
        learner = (action.tenant_id, action.learner_id, era.number)
        right = {arrived.get(learner) if permanent else None} | ({None} if era.erased else set())
        findings.wrong_delivered_levels += (
            outcome.permanent_level is not permanent or outcome.delivered_level not in right
        )
        if permanent and outcome.outcome in UNDELIVERED:
            must_fail[outcome.action_id] = outcome.delivered_level
        if permanent and outcome.outcome is Outcome.DELIVERED:
            arrived[learner] = str(action.parameters["suggested_level"])
    findings.wrong_failed_levels = len(set(must_fail.items()) ^ set(ends.failed_levels.items()))


def _all(log: Log, topic: str) -> Iterable[RawRecord]:
    return chain.from_iterable(log[topic].values())


def _letters(records: Iterable[RawRecord]) -> Iterable[tuple[str, str]]:
    for record in records:
        headers = dict(record.headers)
        yield headers.get("source", b"").decode(), headers.get("reason", b"").decode()


def _failed_levels(records: Iterable[RawRecord]) -> Iterable[tuple[str, str | None]]:
    for record in records:
        try:
            event = decode_event(record.value or b"")
        except InvalidEvent:
            continue
        if isinstance(event, LevelSuggestionFailed):
            yield event.data.action_id, event.data.delivered_level
