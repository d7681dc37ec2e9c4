"""What an outage came to: who was called before and after, and what is not as it must be."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from orchestrator.core.actions import URGENT, Action, ActionType, Outcome, decode_action
from orchestrator.embedded.sandbox import Call, Service
from orchestrator.embedded.worker import WorkerProcess
from tests.product.cluster import Cluster, Who
from tests.product.ends import Log, read_ends
from tests.product.house import PARTITIONS
from tests.product.oracle import ACTION_TOPICS, Findings, expected, judge, read_all

BREAK = ActionType.GAME_BREAK
IN_FLIGHT = 32
"""Attempts that a worker has under way at a time."""

NOTICED_WITHIN_S = 10.0
"""5 s are promised; the rest is for a busy machine."""

ENDS_WITHIN = timedelta(seconds=5)
"""How long after its expiry an action's end is written, whoever is away."""

ON_ITS_WAY = timedelta(seconds=2)
"""A break is looked at just before it is sent; it may expire on the way."""

HEALTH = {"learner_svc": "healthy", "notification_svc": "degraded"}
"""As each worker must tell it while notification-svc is away."""


class Mark(NamedTuple):
    """How things stood at one moment. `health`: of the services, as each worker tells it."""

    at: datetime
    received: int
    pending: int
    health: list[dict[str, str]]


class Level(NamedTuple):
    """Where the learner must be whose next level was refused, and is, as each worker tells it."""

    must: str
    told: list[str]


class Calls(NamedTuple):
    """Calls by service."""

    before: Counter[Service]
    meanwhile: Counter[Service]
    after: Counter[Service]


class Breaks(NamedTuple):
    """How breaks ended. `too_late`: of those delivered; `expired_meanwhile`: of those expired.

    `ended_on_return`: of those that expired well before it.
    """

    delivered: int
    too_late: int
    expired: int
    expired_meanwhile: int
    ended_on_return: int


class Return(NamedTuple):
    """What a worker sent first: interventions before its first break, and those that came later.

    `noticed_s`: seconds until its first call that the service took.
    """

    noticed_s: float
    before_the_first_break: int
    after_it: int


@dataclass
class Report:
    """See the module."""

    away_s: float
    calls: Calls
    waited: int
    interventions: int
    interventions_delivered: int
    returns: list[Return]
    breaks: Breaks
    level: Level
    health: list[dict[str, str]]
    findings: Findings

    def faults(self) -> dict[str, int]:
        """What is wrong, by name; empty is right."""
        own = {
            "undelivered_interventions": self.interventions - self.interventions_delivered,
            "not_first_on_return": sum(one.after_it >= IN_FLIGHT for one in self.returns),
            "noticed_late": sum(one.noticed_s > NOTICED_WITHIN_S for one in self.returns),
            "breaks_too_late": self.breaks.too_late,
            "breaks_ended_only_on_return": self.breaks.ended_on_return,
            "level_not_back": sum(level != self.level.must for level in self.level.told),
            "wrong_health": sum(each != HEALTH for each in self.health),
            "learner_svc_waited_too": self.calls.after[Service.LEARNER],
            **self._shows_nothing(),
        }
        return {**self.findings.faults(), **{name: n for name, n in own.items() if n}}

    def _shows_nothing(self) -> dict[str, int]:
        """A run in which these never happened proves nothing, and must be longer."""
        return {
            "no_break_expired_meanwhile": int(not self.breaks.expired_meanwhile),
            "too_few_interventions": sum(
                one.before_the_first_break < IN_FLIGHT for one in self.returns
            ),
        }

    def text(self) -> str:
        """For a reader."""
        lines = {
            "notification-svc was away": f"{self.away_s:.0f} s, and {self.waited} actions waited",
            "calls before": _told(self.calls.before),
            "calls meanwhile": _told(self.calls.meanwhile),
            "calls after its return": _told(self.calls.after),
            "support for feelings": f"{self.interventions} decided, "
            f"{self.interventions_delivered} delivered",
            "breaks": f"{self.breaks.delivered} delivered ({self.breaks.too_late} too late), "
            f"{self.breaks.expired} dropped ({self.breaks.expired_meanwhile} expired meanwhile)",
            **{f"worker {n} on its return": _order(one) for n, one in enumerate(self.returns, 1)},
            "the refused level": f"{' and '.join(self.level.told)} are told, "
            f"{self.level.must} is right",
            "the oracle": f"{self.findings.events} events, {self.findings.actions} actions, "
            f"faults: {self.findings.faults() or 'none'}",
            "wrong": str(self.faults() or "nothing"),
        }
        return "\n".join(f"{name:<28}{told}" for name, told in lines.items())


def _told(calls: Mapping[Service, int]) -> str:
    return ", ".join(f"{service} {calls[service]}" for service in Service)


def _order(one: Return) -> str:
    return (
        f"called after {one.noticed_s:.1f} s: {one.before_the_first_break} times support, then "
        f"the first break, then {one.after_it} times support (under way: up to {IN_FLIGHT})"
    )


async def report(
    cluster: Cluster, away: Mark, back: Mark, inputs: Sequence[str], level: Level
) -> Report:
    """Look at everything; `away`, `back`: the outage's two ends; `inputs`: ids of events."""
    house, calls = cluster.house, list(cluster.house.sandbox.calls)
    assert len(calls) == house.sandbox.calls.received  # it remembers all of them
    log = await read_all(house.kafka.bootstrap_servers, PARTITIONS)
    actions = expected(log, house.policy).actions
    keys = house.sandbox.calls.applied_keys()
    urgent = {key for key, action in actions.items() if action.type in URGENT}
    after = calls[back.received :]
    ends = [calls[: away.received], calls[away.received : back.received], after]
    return Report(
        away_s=(back.at - away.at).total_seconds(),
        calls=Calls(*(Counter(call.service for call in part) for part in ends)),
        waited=back.pending,
        interventions=len(urgent),
        interventions_delivered=len(urgent.intersection(keys)),
        returns=_returns(await _owners(cluster, log), back.at, after, actions),
        breaks=_breaks(log, actions, calls, (away.at, back.at)),
        level=level,
        health=back.health,
        findings=judge(log, house.policy, keys, inputs),
    )


def _returns(
    owners: Mapping[Who, WorkerProcess],
    back: datetime,
    calls: Iterable[Call],
    actions: Mapping[str, Action],
) -> list[Return]:
    """By worker: each notices for itself that a service is back."""
    taken: dict[WorkerProcess, list[Call]] = {owner: [] for owner in owners.values()}
    for call in calls:
        if call.applied:
            taken[owners[call.tenant_id, call.learner_id]].append(call)
    return [_return(back, theirs, actions) for theirs in taken.values()]


def _return(back: datetime, calls: Sequence[Call], actions: Mapping[str, Action]) -> Return:
    types = [actions[call.key].type for call in calls]
    first = types.index(BREAK) if BREAK in types else len(types)
    return Return(
        (calls[0].received_at - back).total_seconds() if calls else float("inf"),
        sum(kind in URGENT for kind in types[:first]),
        sum(kind in URGENT for kind in types[first:]),
    )


async def _owners(cluster: Cluster, log: Log) -> Mapping[Who, WorkerProcess]:
    """Whose each learner is; a partition is one worker's."""
    learners: dict[int, set[Who]] = defaultdict(set)
    for topic in ACTION_TOPICS:
        for number, records in log[topic].items():
            actions = [decode_action(record.value or b"") for record in records]
            learners[number] |= {(one.tenant_id, one.learner_id) for one in actions}
    owners: dict[Who, WorkerProcess] = {}
    for theirs in filter(None, learners.values()):
        owners |= dict.fromkeys(theirs, await cluster.owner(next(iter(theirs))))
    return owners


def _breaks(
    log: Log,
    actions: Mapping[str, Action],
    calls: Iterable[Call],
    meanwhile: tuple[datetime, datetime],
) -> Breaks:
    since, until = meanwhile
    sent = [call for call in calls if call.applied and actions[call.key].type is BREAK]
    ended = [one for one in read_ends(log).outcomes if one.outcome is Outcome.EXPIRED]
    expired = [(_expiry(actions[one.action_id]), one.at) for one in ended if one.type is BREAK]
    return Breaks(
        delivered=len(sent),
        too_late=sum(call.received_at > _expiry(actions[call.key]) + ON_ITS_WAY for call in sent),
        expired=len(expired),
        expired_meanwhile=sum(since < expiry < until for expiry, _ in expired),
        ended_on_return=sum(expiry < until - ENDS_WITHIN and at > until for expiry, at in expired),
    )


def _expiry(action: Action) -> datetime:
    assert action.expires_at is not None  # breaks expire
    return action.expires_at
