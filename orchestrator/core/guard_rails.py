"""What a canary may not do to its learners: the numbers that undo it by themselves."""

from typing import Annotated

from msgspec import Meta, Struct

Share = Annotated[float, Meta(ge=0, le=10)]


class GuardRails(Struct, frozen=True, forbid_unknown_fields=True):
    """Of what a canary's policy gave its learners, against what the policy in force would have.

    `breaks_up`: so much of a share more breaks per learner-hour are let be; `interventions_down`:
    so much of a share fewer SEL interventions; `high_severity_lost`: so many of those that a high
    severity asks for may be missing. `least`: actions of a kind, of both policies together, below
    which a share says nothing yet. `window_s`: seconds of arrival after which it is looked again.
    `false_undo`: the chance, over its whole life and for each rail, that a canary is undone which
    is no worse. A new field has a default.
    """

    breaks_up: Share = 0.20
    interventions_down: Share = 0.05
    high_severity_lost: Annotated[int, Meta(ge=0)] = 0
    least: Annotated[int, Meta(ge=1)] = 20
    window_s: Annotated[float, Meta(gt=0, le=86_400)] = 300.0
    false_undo: Annotated[float, Meta(gt=0, le=0.5)] = 0.01
