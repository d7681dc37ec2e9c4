"""What to do about a dead letter, by its reason."""

import shlex

from orchestrator.core.dead_letters import ACTION_SOURCE
from orchestrator.core.refusals import Refusal
from orchestrator.dead_letters.letters import Letter

PRODUCER = "Its producer has to be mended: the same bytes will be refused again."

ADVICE: dict[str, str] = {
    Refusal.NOT_UTF8: f"The bytes are not UTF-8 text. {PRODUCER}",
    Refusal.MALFORMED_JSON: f"The bytes are no JSON. {PRODUCER}",
    Refusal.NOT_AN_OBJECT: f"The JSON is no object. {PRODUCER}",
    Refusal.TOO_LARGE: "It is over the limit for one entry. Its producer has to send less at once.",
    Refusal.UNKNOWN_TYPE: (
        "No event has this type. If a newer version knows it: upgrade all workers, then replay."
    ),
    Refusal.UNKNOWN_DIALECT: (
        "Nothing says what this is. If a newer version reads it: upgrade all workers, then replay."
    ),
    Refusal.AMBIGUOUS: f"It says two things that contradict each other. {PRODUCER}",
    Refusal.UPLOAD_ANNOUNCEMENT: (
        "It announces an upload that will be analysed later; the analysis is the event. Nothing is"
        " lost, and nothing need be done."
    ),
    Refusal.MISSING_TENANT: (
        "It names no tenant. If all such events are one tenant's: set DEFAULT_TENANT_ID, then"
        " replay."
    ),
    Refusal.MISSING_FIELD: f"A field is missing, the detail says which. {PRODUCER}",
    Refusal.INVALID_FIELD: f"A field cannot be what it says, the detail says which. {PRODUCER}",
    Refusal.FUTURE: (
        "Its time was ahead of ours when it came. See whose clock is wrong, its producer's or the"
        " worker's, and set it right; a replay takes it once its time has come."
    ),
    Refusal.WRONG_KEY: (
        "It was written to Kafka with another learner's key, past the bridge. A replay gives it the"
        " right one; find out who writes to orchestrator.events."
    ),
    Refusal.UNDELIVERABLE: (
        "The action cannot be put into a request, the detail says why. See the event that called"
        " for it."
    ),
    Refusal.REJECTED: (
        "The service refused the request for good, the detail says with what. Once the service is"
        " mended, a replay asks it again, unless the action has expired or is about a level; see"
        " `replay --help`."
    ),
}
"""A sentence or two for each reason."""

OTHER = "This version does not know the reason: something else has written it, or a newer version."


def advice(letter: Letter) -> list[str]:
    """What the reason asks for, and how to replay or why not."""
    return [ADVICE.get(letter.reason, OTHER), _how_to_replay(letter)]


def _how_to_replay(letter: Letter) -> str:
    if not letter.replayable:
        return (
            f"It cannot be replayed: {letter.size:,} of its {letter.length:,} bytes are kept. Only"
            " its producer can send it again."
        )
    flag = " --actions" if letter.source.startswith(ACTION_SOURCE) else ""
    source = shlex.quote(letter.source)
    return f"To try it again: orchestrator dead-letters replay --source {source}{flag}"
