"""What a section of the policy is made of: numbers with a range and, for times, a unit."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta, Struct

from orchestrator.core.times import DAY, HOUR, MINUTE

Ratio = Annotated[float, Meta(ge=0.0, le=1.0)]
Count = Annotated[int, Meta(ge=1, le=1_000)]
BreakMinutes = Annotated[int, Meta(ge=1, le=60)]

Minutes = Annotated[int, Meta(extra={"unit": "minutes", "micros": MINUTE})]
"""A time in microseconds; in the policy's file its name ends in the unit: `pause_minutes`."""
Hours = Annotated[int, Meta(extra={"unit": "hours", "micros": HOUR})]
Days = Annotated[int, Meta(extra={"unit": "days", "micros": DAY})]


class Numbers(Struct, frozen=True):
    """One section of the policy; each rule family declares its own.

    Every field must be given in a file. One that is added later has a default all the same, which
    stands for it in the policies that a cluster had before.
    """

    def impossible(self) -> Iterator[str]:
        """What cannot be meant although each number is in its range: "field: what is wrong"."""
        yield from ()
