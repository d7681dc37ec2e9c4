"""What is remembered of a learner: the value of a record in the state's changelog.

The bytes are a msgpack array in the order of the fields, at most 2 KB whatever the history. Fields
are only ever appended, each with a default, so an older state is the same array, shorter.
"""

import msgspec
from msgspec import Struct

from orchestrator.core.assessments import Assessment
from orchestrator.core.ids import ActionId
from orchestrator.core.levels import Level
from orchestrator.core.session import Session
from orchestrator.errors import OrchestratorError

SCHEMA_VERSION = 1

NEVER = -1
"""The newest event's time where nothing is known of a learner."""


class UnreadableState(OrchestratorError):
    """The bytes are not the state of a learner, or a newer version of this program wrote them."""


class Suggestion(Struct, frozen=True, array_like=True, gc=False):
    """The newest permanent level suggestion, which may yet fail.

    `level_before` is the level that stood before the first suggestion since one last failed.
    """

    action_id: ActionId
    level: Level
    level_before: Level


class LearnerState(Struct, frozen=True, array_like=True, gc=False):
    """Everything that decisions about one learner depend on.

    Times and durations are whole microseconds (core/times.py); `partition` and `offset` are the
    place of the last event applied (-1: none yet); `recent_ids` holds 8 bytes an event id.
    Of SEL alerts only the times are kept: no rule needs more, and a child's worries are nobody's.
    `slp_profile` is JSON, or empty if it is too long to keep. `last_event_at` is the newest time of
    any event applied, `session.last_activity_at` that of the newest learning event.

    Of a learner who was erased a stub is left, which is a new learner's state but for its position
    and `recent_ids`: by these it is known that what comes twice was there before.
    """

    schema_version: int
    partition: int
    offset: int
    level: Level
    correct_streak: int = 0
    incorrect_streak: int = 0
    session: Session = Session()
    last_break_at: int | None = None
    sel_alerts: tuple[int, ...] = ()
    last_sel_intervention_at: int | None = None
    assessments: tuple[Assessment, ...] = ()
    slp_score: float | None = None
    slp_profile: bytes = b""
    performance: float | None = None
    engagement: float | None = None
    pending: Suggestion | None = None
    recent_ids: bytes = b""
    last_event_at: int = 0

    @property
    def is_blank(self) -> bool:
        """Whether nothing is known of the learner: a stub, or nobody has heard of them yet."""
        return self.last_event_at < 0


SCHEMA_BYTE = bytes([SCHEMA_VERSION])
"""As it stands in a state: a small number is its own byte in msgpack."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(LearnerState)
_version = msgspec.msgpack.Decoder(list[object])


def new_learner(level: Level) -> LearnerState:
    """The state of a learner of whom nothing is known yet."""
    return LearnerState(SCHEMA_VERSION, -1, -1, level, last_event_at=NEVER)


def stub_of(state: LearnerState, level: Level) -> LearnerState:
    """What is left of an erased learner, whose next event finds them at `level`."""
    return LearnerState(
        SCHEMA_VERSION,
        state.partition,
        state.offset,
        level,
        recent_ids=state.recent_ids,
        last_event_at=NEVER,
    )


def encode_state(state: LearnerState) -> bytes:
    """The value of a record in the changelog, at most 2,048 bytes."""
    return _encoder.encode(state)


def decode_state(raw: bytes) -> LearnerState:
    """The inverse of encode_state; an older schema is upgraded.

    Raises UnreadableState if the bytes are of a newer schema, or no state at all.
    """
    try:
        state = _decoder.decode(raw)
    except (ValueError, RecursionError) as error:
        raise UnreadableState(_why_unreadable(raw, error)) from error
    if state.schema_version == SCHEMA_VERSION:
        return state
    if state.schema_version > SCHEMA_VERSION:
        raise UnreadableState(_newer(state.schema_version))
    return msgspec.structs.replace(state, schema_version=SCHEMA_VERSION)


def check_schema(raw: bytes) -> None:
    """Raise UnreadableState if a newer program wrote the state; looks at its first bytes only."""
    first = (
        3 if raw[:1] == b"\xdc" else 1
    )  # after the array's header: of 16 fields and more, or less
    if raw[first : first + 1] > SCHEMA_BYTE:
        decode_state(raw)


def _newer(version: int) -> str:
    return (
        f"The state has schema version {version}, and this program knows up to {SCHEMA_VERSION}. "
        "Run the newer version, or the one that still writes the older schema."
    )


def _why_unreadable(raw: bytes, error: Exception) -> str:
    try:
        version = next(iter(_version.decode(raw)), None)
    except (ValueError, RecursionError):
        version = None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        return _newer(version)
    return f"The bytes are not the state of a learner ({error}). Rebuild it from the events."
