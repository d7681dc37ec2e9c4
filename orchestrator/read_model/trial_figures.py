"""What a trial has come to so far, as its process tells it and the topic of the trials keeps it."""

from datetime import datetime

import msgspec
from msgspec import Struct

from orchestrator.comparison.summary import Comparison

FIGURES = "/figures"
"""Behind a trial's id: the key of its figures."""


class TrialFigures(Struct, frozen=True):
    """The figures of a trial: counts, and nothing of a single learner.

    `behind`: records of the events that have not been read yet; unless it `is_caught_up` it is
    not the whole. `is_whole`: its end stands in each partition, and all before it is counted.
    `comparison`: base is the policy in force, whichever it was at each event. `breach`: the
    sentence of the guard rail that a canary has broken, "" as long as it has not. `looked_at`: the
    sign that somebody watches, renewed every few seconds while it runs and all is read, and only
    then; None if it never was.
    """

    trial: str
    behind: int
    is_caught_up: bool
    is_whole: bool
    comparison: Comparison
    breach: str = ""
    looked_at: datetime | None = None


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(TrialFigures)


def encode_figures(figures: TrialFigures) -> bytes:
    """One line of JSON; equal figures are equal bytes."""
    return _encoder.encode(figures)


def decode_figures(raw: bytes) -> TrialFigures:
    """The inverse. Raises msgspec.DecodeError."""
    return _decoder.decode(raw)
