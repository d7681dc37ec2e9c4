"""No state is searched twice: what is taken for the same is decided the same."""

from collections import defaultdict
from collections.abc import Hashable
from random import Random

import pytest

from orchestrator.core.policy import Policy
from orchestrator.core.rules.table import RULES
from orchestrator.policy_check.models import Model, models
from orchestrator.policy_check.search import Evidence, Node, Search
from orchestrator.policy_check.steps import Step
from tests.unit.core.samples import POLICY
from tests.unit.policy_check.house import LIMITS, policy_with

HISTORIES = 250
OTHER = policy_with(
    ("pause_minutes = 15", "pause_minutes = 6"),
    ("gap_minutes = 15", "gap_minutes = 4"),
    ("cooldown_minutes = 0", "cooldown_minutes = 20"),
    ("within_days = 30", "within_days = 0"),
)


def walks(model: Model, policy: Policy, random: Random) -> list[Node]:
    """Histories of up to seven events, many of them of few kinds, so that their states meet."""
    search, found = searching(model, policy), []
    for _ in range(HISTORIES):
        few = random.sample(model.steps, min(4, len(model.steps)))
        node = search.take(search.root(), random.choice(few))
        for _ in range(random.randrange(6)):
            node = search.take(node, random.choice(few))
        found.append(node)
    return found


def searching(model: Model, policy: Policy) -> Search:
    return Search(model, policy, Evidence(), lambda _extent: True)


def comes_of(model: Model, policy: Policy, node: Node, step: Step) -> Hashable:
    """The rules that fire next, what is found, and what matters after that."""
    search = searching(model, policy)
    after = search.take(node, step)
    fired = search.evidence.fired.keys() & {rule.id for rule in RULES if rule.action in model.about}
    findings = frozenset(key for key in search.evidence.findings if key[0] != "action.expires")
    return frozenset(fired), findings, search.key(after)


@pytest.mark.parametrize("policy", [POLICY, OTHER], ids=["shipped", "other"])
@pytest.mark.parametrize("place", range(len(models(POLICY, LIMITS))))
def test_histories_that_are_the_same_in_essence_go_on_alike(place: int, policy: Policy) -> None:
    model = models(policy, LIMITS)[place]
    alike: defaultdict[Hashable, list[Node]] = defaultdict(list)
    search = searching(model, policy)
    for node in walks(model, policy, Random(place)):
        alike[search.key(node)].append(node)

    met = [nodes for nodes in alike.values() if len(nodes) > 1]
    assert met
    for first, *others in met:
        for step in model.steps:
            expected = comes_of(model, policy, first, step)
            for other in others[:2]:
                assert comes_of(model, policy, other, step) == expected
