"""GET /learners/{learner_id}/state: what is remembered of a learner."""

from datetime import datetime
from typing import Any, ClassVar, Self
from urllib.parse import quote, urlencode

from aiohttp import web
from pydantic import Field

from orchestrator.core.levels import Level
from orchestrator.core.session import Session
from orchestrator.core.state import LearnerState, Suggestion
from orchestrator.core.times import MINUTE, moment
from orchestrator.read_model.learners import Present
from orchestrator.web.answers import ApiView, answer
from orchestrator.web.caller import Scope
from orchestrator.web.frozen import Frozen
from orchestrator.web.operation import (
    LEARNER_ID,
    NOBODY_KNOWS,
    TENANT_ID,
    WRONG_QUERY,
    Answer,
    Operation,
)
from orchestrator.web.owner import OwnersAnswer, Who, who_is_meant
from orchestrator.web.problems import Problem
from orchestrator.web.relay import Question

UNKNOWN = "Nothing has been heard of this learner at this tenant."


class SessionShown(Frozen):
    """The present stretch of learning without a pause."""

    minutes: float = Field(ge=0, description="minutes of continuous learning that count")
    started_at: datetime | None
    last_activity_at: datetime | None

    @classmethod
    def of(cls, session: Session) -> Self:
        """The session, in minutes and times."""
        return cls(
            minutes=round(session.worked / MINUTE, 3),
            started_at=_time(session.started_at),
            last_activity_at=_time(session.last_activity_at),
        )


class AssessmentShown(Frozen):
    """One of the assessments that count."""

    at: datetime
    score: float = Field(ge=0, le=1)


class SuggestionShown(Frozen):
    """The newest level suggestion, which may yet fail; `level_before` then holds again."""

    action_id: str
    level: Level
    level_before: Level

    @classmethod
    def of(cls, pending: Suggestion) -> Self:
        """The suggestion."""
        return cls(
            action_id=pending.action_id, level=pending.level, level_before=pending.level_before
        )


class StateShown(Frozen):
    """What decisions about a learner depend on. All times are events' own."""

    tenant_id: str
    learner_id: str
    level: Level
    correct_streak: int = Field(ge=0)
    incorrect_streak: int = Field(ge=0)
    session: SessionShown
    last_break_at: datetime | None
    sel_alerts: list[datetime] = Field(description="times of the alerts that count, nothing else")
    assessments: list[AssessmentShown]
    pending_suggestion: SuggestionShown | None
    as_of: datetime = Field(description="the newest time of any event applied")
    policy_version: str = Field(description="the policy that the next event will be decided by")
    schema_version: int

    @classmethod
    def of(cls, who: Who, state: LearnerState, policy_version: str) -> Self:
        """The state as it is shown."""
        return cls(
            tenant_id=who.tenant_id,
            learner_id=who.learner_id,
            level=state.level,
            correct_streak=state.correct_streak,
            incorrect_streak=state.incorrect_streak,
            session=SessionShown.of(state.session),
            last_break_at=_time(state.last_break_at),
            sel_alerts=[moment(at) for at in state.sel_alerts],
            assessments=[
                AssessmentShown(at=moment(a.at), score=a.score) for a in state.assessments
            ],
            pending_suggestion=SuggestionShown.of(state.pending) if state.pending else None,
            as_of=moment(state.last_event_at),
            policy_version=policy_version,
            schema_version=state.schema_version,
        )


class StateView(ApiView):
    """GET /learners/{learner_id}/state?tenant_id=: the owner answers, through any worker."""

    view_name = "state"
    view_path = "/learners/{learner_id:[^/]+}/state"
    scopes: ClassVar = {"GET": Scope.READ}
    operations: ClassVar = {
        "GET": Operation(
            "What is remembered of a learner",
            "learners",
            {200: Answer("The state that the next decision begins from.", StateShown)},
            parameters=(LEARNER_ID, TENANT_ID),
            problems={
                404: UNKNOWN,
                422: WRONG_QUERY,
                503: NOBODY_KNOWS,
            },
        )
    }

    def __init__(self, *where: Any, owners: OwnersAnswer) -> None:
        super().__init__(*where)
        self._owners = owners

    async def get(self, request: web.Request, learner_id: str) -> web.Response:
        """200 with the state, 404 if the learner is unknown, 503 while nobody can say."""
        who = who_is_meant(request, learner_id)
        question = Question("GET", state_path(who))
        return await self._owners.find(request, who, question, lambda now: _shown(who, now))


def state_path(who: Who) -> str:
    """The address of a learner's state, encoded."""
    learner = quote(who.learner_id, safe="")
    return f"/learners/{learner}/state?{urlencode({'tenant_id': who.tenant_id})}"


def unknown() -> web.Response:
    """The answer about a learner of whom nothing is known, or nothing any more."""
    return Problem(404, UNKNOWN).response()


def _shown(who: Who, present: Present) -> web.Response:
    if present.state is None or present.state.is_blank:
        return unknown()
    return answer(StateShown.of(who, present.state, present.policy.version))


def _time(at: int | None) -> datetime | None:
    return None if at is None else moment(at)
