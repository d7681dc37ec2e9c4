"""A dead letter -> the record that is sent in its place, or why there is none. Pure."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

import msgspec

from orchestrator.bridge.entries import LARGEST_VALUE
from orchestrator.core.actions import REPLAYABLE, Action, decode_action
from orchestrator.core.dead_letters import ACTION_SOURCE, REPLAYED_FROM
from orchestrator.core.event_codec import encode_event
from orchestrator.core.events import Event
from orchestrator.core.ids import learner_key
from orchestrator.core.refusals import Refusal
from orchestrator.dead_letters.letters import texts
from orchestrator.dialects.reading import read_entry
from orchestrator.dialects.replay import NotReplayable, Replay, replay_of
from orchestrator.errors import InvalidEvent
from orchestrator.observability.traceparent import passed_on
from orchestrator.read_model.action_topics import TOPIC_OF
from orchestrator.stream.records import Headers, Record
from orchestrator.topics import EVENTS


class Prepared(NamedTuple):
    """What a replay sends, where to, and the id of the event or action that it is."""

    topic: str
    record: Record
    id: str


class Terms(NamedTuple):
    """What a replay may do. `default_tenant`: of events that name none; `actions`: those, too."""

    now: datetime
    default_tenant: str | None = None
    actions: bool = False


def prepared(value: bytes | None, headers: Headers, terms: Terms) -> Prepared:
    """The record to send in place of a dead letter's.

    An event keeps the id that it has, or that follows from its source: however often it is
    replayed, it is decided once. Raises NotReplayable, or InvalidEvent if it is refused again.
    """
    said = texts(headers)
    source = said.get("source", "")
    mark = ((REPLAYED_FROM, source.encode(errors="backslashreplace")), *passed_on(headers))
    if source.startswith(ACTION_SOURCE):
        return _action(value or b"", said, mark, terms)
    event = _event(replay_of(value, headers), terms)
    written = encode_event(event)
    if len(written) > LARGEST_VALUE:
        detail = f"the event would have {len(written):,} bytes; at most {LARGEST_VALUE:,} fit"
        raise InvalidEvent(Refusal.TOO_LARGE, detail)
    key = learner_key(event.tenant_id, event.learner_id)
    return Prepared(EVENTS, Record(key, written, mark), event.id)


def _event(again: Replay, terms: Terms) -> Event:
    """The event as it would have been read on its arrival, once its own time is there.

    One that came before its time came past a wrong clock, ours or its producer's. Then its own
    time stands for its arrival, whenever it is replayed.
    """
    try:
        return read_entry(again.fields, again.source, again.refused_at, terms.default_tenant)
    except InvalidEvent as error:
        if error.reason != Refusal.FUTURE:
            raise
    event = read_entry(again.fields, again.source, terms.now, terms.default_tenant)
    return msgspec.structs.replace(event, received_at=event.timestamp)


def _action(value: bytes, said: Mapping[str, str], mark: Headers, terms: Terms) -> Prepared:
    source = said["source"]
    if not terms.actions:
        raise NotReplayable(
            f"{source} is an action that a service refused; it is asked for again only with"
            " --actions."
        )
    if said.get("replayable") != "true" or sha256(value).hexdigest() != said.get("sha256"):
        raise NotReplayable(
            f"{source} is not whole: replay the event that called for it (its id is in the action)."
        )
    action = _decoded(source, value)
    if action.type not in REPLAYABLE:
        raise NotReplayable(
            f"{source} is about a level: the learner went back to the last one that arrived, and"
            " may be elsewhere by now. The next event gives a new suggestion where one is due."
        )
    if action.expires_at is not None and action.expires_at <= terms.now:
        raise NotReplayable(
            f"{source} has expired at {action.expires_at.isoformat()}: nobody needs it any more."
        )
    key = learner_key(action.tenant_id, action.learner_id)
    return Prepared(TOPIC_OF[action.type], Record(key, value, mark), action.action_id)


def _decoded(source: str, value: bytes) -> Action:
    try:
        return decode_action(value)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotReplayable(f"{source} holds no action: {error}.") from error
