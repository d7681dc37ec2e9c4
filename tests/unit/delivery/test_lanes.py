"""What goes in line, and what side by side."""

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.actions import Action, ActionType
from orchestrator.delivery.lanes import lanes_of
from tests.unit.delivery.samples import action

BREAK = ActionType.GAME_BREAK
SEL = ActionType.SEL_INTERVENTION


def test_a_learner_is_a_lane_and_the_same_id_in_two_tenants_is_two() -> None:
    batch = [
        action(BREAK, tenant="t1", learner="a"),
        action(BREAK, tenant="t2", learner="a"),
        action(BREAK, tenant="t1", learner="a"),
    ]
    assert lanes_of(batch) == [[0, 2], [1]]


def test_interventions_have_lanes_of_their_own_and_go_first() -> None:
    batch = [action(BREAK, learner="a"), action(SEL, learner="b"), action(SEL, learner="a")]
    assert lanes_of(batch) == [[1], [2], [0]]


actions = st.builds(
    lambda action_type, tenant, learner: action(action_type, tenant=tenant, learner=learner),
    st.sampled_from(list(ActionType)),
    st.sampled_from(["t1", "t2"]),
    st.sampled_from(["a", "b", "c"]),
)


@given(st.lists(actions))
def test_every_action_is_in_one_lane_and_one_type_of_a_learner_keeps_its_order(
    batch: list[Action],
) -> None:
    lanes = lanes_of(batch)
    assert sorted(position for lane in lanes for position in lane) == list(range(len(batch)))
    assert all(lane == sorted(lane) for lane in lanes)
    homes: dict[tuple[str, str, str], set[int]] = {}
    for number, lane in enumerate(lanes):
        for position in lane:
            one = batch[position]
            homes.setdefault((one.tenant_id, one.learner_id, one.type), set()).add(number)
    assert all(len(home) == 1 for home in homes.values())
