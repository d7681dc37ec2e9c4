"""The answer of GET /learners/{learner_id}/why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from pydantic import Field

from orchestrator.core.actions import ActionType, Outcome
from orchestrator.core.events import EventType
from orchestrator.core.state import LearnerState
from orchestrator.core.times import moment
from orchestrator.core.why.evidence import evidence_words
from orchestrator.core.why.table import waiting
from orchestrator.core.why.ways import Comparison, Waiting, Way
from orchestrator.history.rows import ActionRow, Stage
from orchestrator.read_model.learners import Present
from orchestrator.web.frozen import Frozen
from orchestrator.web.owner import Who


class ActionExplained(Frozen):
    """One of the last actions, and why it was given."""

    action_id: str
    type: ActionType
    rule: str
    reason: str = Field(description="a sentence for a teacher")
    evidence: dict[str, Any] = Field(description="what was observed, and the threshold for it")
    evidence_words: str = Field(description="the evidence as a part of a sentence")
    parameters: dict[str, Any]
    event_id: str
    policy_version: str
    created_at: datetime = Field(description="the event's time")
    status: Stage
    outcome: Outcome | None = Field(description="how it ended; null: it has not")

    @classmethod
    def of(cls, row: ActionRow) -> Self:
        """What the history holds of an action."""
        action = row.action
        return cls(
            action_id=action.action_id,
            type=action.type,
            rule=action.rule,
            reason=action.reason,
            evidence=action.evidence,
            evidence_words=evidence_words(action.rule, action.evidence),
            parameters=action.parameters,
            event_id=action.event_id,
            policy_version=action.policy_version,
            created_at=action.created_at,
            status=row.status,
            outcome=row.outcome,
        )


class WayShown(Frozen):
    """If this happens next, and nothing beside it, the rule fires; with any less, it does not.

    `times` events in a row of the type `event`, whose `field` stands to `value` as `comparison`
    says; the last of them from `not_before` to `not_after`, by the events' own times.
    """

    words: str
    event: EventType
    field: str | None = Field(description="dotted path in the event; null: any event of the type")
    comparison: Comparison | None
    value: bool | float | str | None
    times: int = Field(ge=1, description="events in a row; of a list of answers, so many answers")
    observed: float | None = Field(description="how far it has come by now")
    threshold: float | None = Field(description="how far it has to come")
    not_before: datetime | None
    not_after: datetime | None

    @classmethod
    def of(cls, way: Way) -> Self:
        """The way, its times as dates."""
        return cls(
            words=way.words,
            event=way.event,
            field=way.field,
            comparison=way.comparison,
            value=way.value,
            times=way.times,
            observed=way.observed,
            threshold=way.threshold,
            not_before=None if way.not_before is None else moment(way.not_before),
            not_after=None if way.not_after is None else moment(way.not_after),
        )


class RuleWaiting(Frozen):
    """A rule that may fire next. Any one of the `ways` will do; without any, `words` say why."""

    rule: str
    action: ActionType
    words: str
    ways: list[WayShown]

    @classmethod
    def of(cls, found: Waiting) -> Self:
        """What the core says of the rule."""
        ways = [WayShown.of(way) for way in found.ways]
        return cls(rule=found.rule, action=found.action, words=found.words, ways=ways)


class WhyShown(Frozen):
    """Why the last actions were given, and what each rule waits for before it gives another."""

    tenant_id: str
    learner_id: str
    as_of: datetime = Field(description="the newest time of any event applied")
    policy_version: str = Field(description="the policy that the next event will be decided by")
    actions: list[ActionExplained] | None = Field(
        description="newest first, ten at most; null: the history cannot tell for now"
    )
    waiting: list[RuleWaiting] = Field(description="in the order in which the rules are asked")

    @classmethod
    def of(
        cls, who: Who, state: LearnerState, present: Present, last: Sequence[ActionRow] | None
    ) -> Self:
        """All of it, from the learner's present state and the last actions."""
        return cls(
            tenant_id=who.tenant_id,
            learner_id=who.learner_id,
            as_of=moment(state.last_event_at),
            policy_version=present.policy.version,
            actions=None if last is None else [ActionExplained.of(row) for row in last],
            waiting=[RuleWaiting.of(found) for found in waiting(state, present.policy)],
        )
