"""Dead letters as they are shown over HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from orchestrator.core.dead_letters import ACTION_SOURCE
from orchestrator.dead_letters.answering import LetterPage, Tried
from orchestrator.dead_letters.catalogue import Listed
from orchestrator.dead_letters.letters import Letter
from orchestrator.web.frozen import Frozen


class DeadLetterShown(Frozen):
    """What was refused, and why. A source that was refused several times stands here once."""

    id: str = Field(description="its name here: partition and offset in orchestrator.dead-letters")
    source: str = Field(description="redis:<stream>:<entry>, kafka:<topic>:<partition>:<offset> or "
                        "action:<id>")  # fmt: skip
    holds: Literal["event", "action"]
    reason: str
    detail: str
    refused_at: datetime
    times: int = Field(ge=1, description="how often it was refused")
    replayed_at: datetime | None = Field(description="null: not since it was refused")
    tenant_id: str | None = Field(description="null where the bytes name none, or several")
    learner_id: str | None = Field(description="null where the bytes name none, or several")
    size: int = Field(ge=0, description="bytes of the whole")
    is_whole: bool = Field(description="false: only its beginning was kept; no replay is possible")
    content: str = Field(description="the first 1,024 bytes as text; what is no text is escaped")

    @classmethod
    def of(cls, listed: Listed) -> Self:
        """The letter."""
        letter = listed.letter
        return cls(
            id=letter.id,
            source=letter.source,
            holds=held_by(letter),
            reason=letter.reason,
            detail=letter.detail,
            refused_at=letter.at,
            times=listed.times,
            replayed_at=listed.replayed_at,
            tenant_id=_only(letter.whose.tenants),
            learner_id=_only(letter.whose.learners),
            size=letter.length,
            is_whole=letter.replayable,
            content=letter.head.decode(errors="backslashreplace"),
        )


class DeadLettersShown(Frozen):
    """A page, the newest first."""

    dead_letters: list[DeadLetterShown]
    has_more: bool
    next_cursor: str | None = Field(description="the `cursor` of the next page; null on the last")
    complete: bool = Field(
        description="false: there are older ones that were not looked at; `orchestrator "
        "dead-letters list` looks at all"
    )
    filters_applied: dict[str, str]

    @classmethod
    def of(cls, page: LetterPage, filters: Mapping[str, str], cursor: str | None) -> Self:
        """The page."""
        return cls(
            dead_letters=[DeadLetterShown.of(each) for each in page.letters],
            has_more=page.more,
            next_cursor=cursor,
            complete=page.complete,
            filters_applied=dict(filters),
        )


class ReplayShown(Frozen):
    """What was done."""

    id: str
    source: str
    holds: Literal["event", "action"]
    outcome: Literal["sent", "replayed before"] = Field(
        description="replayed before: nothing was sent; `again=true` sends it once more"
    )
    sent_id: str | None = Field(description="the event's or action's id, which it keeps")
    topic: str | None
    replayed_at: datetime

    @classmethod
    def of(cls, tried: Tried) -> Self:
        """The replay."""
        letter, sent = tried.listed.letter, tried.sent
        return cls(
            id=letter.id,
            source=letter.source,
            holds=held_by(letter),
            outcome="replayed before" if sent is None else "sent",
            sent_id=None if sent is None else sent.id,
            topic=None if sent is None else sent.topic,
            replayed_at=tried.at,
        )


def held_by(letter: Letter) -> Literal["event", "action"]:
    """What was refused."""
    return "action" if letter.source.startswith(ACTION_SOURCE) else "event"


def _only(found: tuple[str, ...]) -> str | None:
    return found[0] if len(found) == 1 else None
