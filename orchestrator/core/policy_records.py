"""How policies stand in Kafka: their texts, and the records that switch from one to another.

A control record stands among the events of each partition, and holds from its offset on there. It
is one of `Control`: JSON with a `type`. What is older than a type takes it for a dead letter, so
the whole cluster is to run a program that knows it before the first is written.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from orchestrator.core.guard_rails import GuardRails
from orchestrator.core.policy import Policy, load_policy

CONTROL_KEY = b"policy"
"""The key of a control record among the events (a learner's key has a slash)."""


class PolicyText(Struct, frozen=True):
    """The value of a record in `orchestrator.policies`; its key is the version."""

    policy: str
    messages: str

    def load(self) -> Policy:
        """The policy of the texts. Raises InvalidPolicy."""
        return load_policy(self.policy, self.messages)

    def load_earlier(self) -> Policy:
        """As load, of texts that were brought into force before this program was made, perhaps."""
        return load_policy(self.policy, self.messages, earlier=True)


class PolicyActivated(Struct, frozen=True, tag_field="type", tag="POLICY_ACTIVATED"):
    """The value of a control record: from here on in this partition, decide by this version.

    `began`: a note that the partition has begun under it. It switches nothing, for an activation
    may have come in between.
    """

    version: str
    began: bool = False


TrialId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""Names a trial of a policy for good: it is never used a second time, of whatever kind."""

Percent = Annotated[float, Meta(ge=0, le=100)]


class ShadowStarted(Struct, frozen=True, tag_field="type", tag="SHADOW_STARTED"):
    """From here on `version` is tried beside the policy in force; nobody is asked for anything."""

    trial: TrialId
    version: str


class ShadowEnded(Struct, frozen=True, tag_field="type", tag="SHADOW_ENDED"):
    """The shadow of this name has ended; `reason` is a sentence."""

    trial: TrialId
    reason: str


class CanaryStarted(Struct, frozen=True, tag_field="type", tag="CANARY_STARTED"):
    """From here on `version` decides for some learners, all others stay as they are.

    `percent` of the learners of `tenants` (none: of all tenants), see core/canary.py. `rails`: what
    undoes it. `proposed`: by a worker's settings, which are read at each start; so it counts only
    where the version was never tried before. `draw`: the trial by whose name learners are drawn,
    where this one goes on from it with more or fewer of them; "": by its own.
    """

    trial: TrialId
    version: str
    percent: Percent = 100.0
    tenants: tuple[str, ...] = ()
    rails: GuardRails = GuardRails()
    proposed: bool = False
    draw: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{0,64}$")] = ""


class CanaryEnded(Struct, frozen=True, tag_field="type", tag="CANARY_ENDED"):
    """The canary of this name has ended, for good; `reason` is a sentence."""

    trial: TrialId
    reason: str


Control = PolicyActivated | ShadowStarted | ShadowEnded | CanaryStarted | CanaryEnded
"""The value of a control record."""


_encoder = msgspec.json.Encoder()
_text_decoder = msgspec.json.Decoder(PolicyText)
_control_decoder: msgspec.json.Decoder[Control] = msgspec.json.Decoder(Control)


def encode_policy_text(text: PolicyText) -> bytes:
    """The value of a record in the policies topic."""
    return _encoder.encode(text)


def decode_policy_text(raw: bytes) -> PolicyText:
    """The inverse. Raises msgspec.DecodeError."""
    return _text_decoder.decode(raw)


def encode_control(control: Control) -> bytes:
    """The value of a control record."""
    return _encoder.encode(control)


def decode_control(raw: bytes) -> Control:
    """The inverse. Raises msgspec.DecodeError, also on a type that this program does not know."""
    return _control_decoder.decode(raw)
