"""The grid: a real policy for each combination of values, and those that cannot be meant."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import product
from math import prod

from msgspec import Struct

from orchestrator.backtest.explore.edited import edited
from orchestrator.backtest.explore.parameters import Parameter
from orchestrator.core.policy import Policy, load_policy
from orchestrator.core.policy_records import PolicyText
from orchestrator.errors import InvalidGrid, InvalidPolicy

MOST_POINTS = 100


class Point(Struct, frozen=True):
    """A combination of values, in the order of the parameters, and the policy's texts with them."""

    values: tuple[Decimal, ...]
    text: PolicyText


class LeftOut(Struct, frozen=True):
    """A combination that is no policy, and why."""

    values: tuple[Decimal, ...]
    faults: tuple[str, ...]


class Grid(Struct, frozen=True):
    """What is explored. `base`: the policy that the points are variations of."""

    parameters: tuple[Parameter, ...]
    base: PolicyText
    points: tuple[Point, ...]
    left_out: tuple[LeftOut, ...]

    def texts(self) -> tuple[PolicyText, ...]:
        """The base first, then the points."""
        return (self.base, *(point.text for point in self.points))


def make_grid(base: PolicyText, parameters: Sequence[Parameter]) -> Grid:
    """Every combination of the parameters' values.

    Raises InvalidGrid if there are too many, or none of them is a policy.
    """
    size = prod(len(parameter.values) for parameter in parameters)
    if size > MOST_POINTS:
        raise InvalidGrid(
            f"The grid has {size} points, and at most {MOST_POINTS} are evaluated at once: "
            "take larger steps, or look at one parameter after the other."
        )
    points: list[Point] = []
    left_out: list[LeftOut] = []
    for values in product(*(parameter.values for parameter in parameters)):
        numbers = dict(zip((each.path for each in parameters), values, strict=True))
        text = PolicyText(edited(base.policy, numbers), base.messages)
        faults = faults_of(text)
        if faults:
            left_out.append(LeftOut(values, faults))
        else:
            points.append(Point(values, text))
    if not points:
        raise InvalidGrid(f"No point of the grid is a policy: {'; '.join(left_out[0].faults)}.")
    return Grid(tuple(parameters), base, tuple(points), tuple(left_out))


def faults_of(text: PolicyText) -> tuple[str, ...]:
    """What is wrong with a policy; nothing if it can be used."""
    try:
        _loaded(text)
    except InvalidPolicy as error:
        return tuple(error.faults)
    return ()


def _loaded(text: PolicyText) -> Policy:
    return load_policy(text.policy, text.messages, earlier=True)
