"""One seed, from its days to its verdict."""

from orchestrator.guarantee import Guarantee
from tests.simulation.school.expected import Expected, expected
from tests.simulation.school.oracle import judge
from tests.simulation.school.product import Product
from tests.simulation.school.violation import Violation
from tests.simulation.school.wellbeing import judge_wellbeing
from tests.simulation.school.world import World


class Lived:
    """A world after its last day. `violation`: the first of what it has not kept."""

    def __init__(self, seed: int, guarantee: Guarantee, product: Product | None = None) -> None:
        self.seed = seed
        self.world = World(seed, guarantee, product)
        self.violation: Violation | None = None
        self.expected = Expected()
        try:
            self.world.run()
            self.expected = expected(self.world)
            judge(self.world, self.expected)
            judge_wellbeing(self.world, self.expected)
        except Violation as violation:
            self.violation = violation
