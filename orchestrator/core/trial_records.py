"""How the trials of policies stand in Kafka: a shadow or a canary, from its start to its end.

A row says that there is one, and is written by who starts and ends it; the control records among
the events (policy_records.py) say from which event to which, and they alone count.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct


class TrialKind(StrEnum):
    """What a candidate does."""

    SHADOW = "shadow"
    """It decides beside the policy in force, and nothing comes of it."""

    CANARY = "canary"
    """It decides for some learners."""


class TrialRow(Struct, frozen=True, omit_defaults=True):
    """The value of a record in `orchestrator.trials`; its key is the trial's id.

    `version`: the candidate's. `ended_at` and `reason`: None and "" while it runs. `percent` (of
    the learners) and `tenants`: whom a canary is for. `undone`: it ended for breaking a guard rail.
    """

    trial: str
    kind: TrialKind
    version: str
    since: datetime
    ended_at: datetime | None = None
    reason: str = ""
    percent: float = 0.0
    tenants: tuple[str, ...] = ()
    undone: bool = False

    @property
    def is_running(self) -> bool:
        """Whether nobody has ended it."""
        return self.ended_at is None


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(TrialRow)


def encode_trial(row: TrialRow) -> bytes:
    """The row's value: JSON."""
    return _encoder.encode(row)


def decode_trial(raw: bytes) -> TrialRow:
    """The inverse. Raises msgspec.DecodeError."""
    return _decoder.decode(raw)


def next_trial(kind: TrialKind, version: str, known: Iterable[str]) -> str:
    """The id of the next trial of a version, after those that are `known`.

    It follows from what is known, so that two workers which propose the same trial at the same
    time write down one.
    """
    count = 1 + sum(name.rpartition("-")[0] == f"{kind}-{version}" for name in known)
    return f"{kind}-{version}-{count}"
