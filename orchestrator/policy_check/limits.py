"""What a check holds a policy against, beyond what the policy itself says."""

from msgspec import Struct

from orchestrator.core.times import MINUTE


class Limits(Struct, frozen=True, kw_only=True):
    """What is good for a child, whatever the policy. Times in microseconds.

    `breaks_an_hour`: the most. `learning`: the longest without a break. `rest`: so long without
    activity is a rest, whatever the policy takes for one. `delivery`: what an action needs to
    arrive in. `likeness`: ratios that differ by no more are alike, to a child.
    `title` and `message`: the most characters that a child should have to read.
    """

    breaks_an_hour: int = 4
    learning: int = 60 * MINUTE
    rest: int = 10 * MINUTE
    delivery: int = MINUTE
    likeness: float = 0.05
    title: int = 60
    message: int = 200
