"""The moments at which two policies differ for one learner, kept small until the report is made."""

import msgspec

from orchestrator.comparison.summary import Given, Moment
from orchestrator.core.actions import Action, ActionType
from orchestrator.core.alerts import Severity
from orchestrator.core.decide import Decision
from orchestrator.core.events import Event
from orchestrator.core.times import in_utc

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Moment)
_KNOWN_WORDS = frozenset(Severity)


def encode_moment(event: Event, base: Decision, candidate: Decision) -> bytes:
    """What each side made of an event."""
    return _encoder.encode(
        Moment(
            in_utc(event.timestamp),
            event.type,
            tuple(_given(action) for action in base.actions),
            tuple(_given(action) for action in candidate.actions),
            base.state.level,
            candidate.state.level,
        )
    )


def decode_moment(raw: bytes) -> Moment:
    """The inverse."""
    return _decoder.decode(raw)


def _given(action: Action) -> Given:
    return Given(
        action.type,
        action.rule,
        _detail(action),
        _evidence(action, "observed"),
        _evidence(action, "threshold"),
        action.confidence,
    )


def _evidence(action: Action, name: str) -> float | str | None:
    """A number or a word of ours; a severity that nobody knows is a producer's free text."""
    value: float | str | None = action.evidence[name]
    free = action.type is ActionType.SEL_INTERVENTION and isinstance(value, str)
    return "unknown" if free and value not in _KNOWN_WORDS else value


def _detail(action: Action) -> str:
    """In a few words; topics and what worries a child are left out."""
    asked = action.parameters
    match action.type:
        case ActionType.GAME_BREAK:
            return f"{asked['break_type']}, {asked['duration_minutes']} min"
        case ActionType.LEVEL_SUGGESTED:
            for_now = ", for now" if asked["temporary"] else ""
            return f"{asked['current_level']} to {asked['suggested_level']}{for_now}"
        case ActionType.SEL_INTERVENTION:
            return f"urgency {asked['urgency']}"
        case ActionType.LEARNING_PATH_UPDATE:
            return ""
