"""How policies stand in Kafka: their texts, and the records that switch from one to another."""

import msgspec
from msgspec import Struct

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


_encoder = msgspec.json.Encoder()
_text_decoder = msgspec.json.Decoder(PolicyText)
_control_decoder = msgspec.json.Decoder(PolicyActivated)


def encode_policy_text(text: PolicyText) -> bytes:
    """The value of a record in the policies topic."""
    return _encoder.encode(text)


def decode_policy_text(raw: bytes) -> PolicyText:
    """The inverse. Raises msgspec.DecodeError."""
    return _text_decoder.decode(raw)


def encode_control(control: PolicyActivated) -> bytes:
    """The value of a control record."""
    return _encoder.encode(control)


def decode_control(raw: bytes) -> PolicyActivated:
    """The inverse. Raises msgspec.DecodeError."""
    return _control_decoder.decode(raw)
