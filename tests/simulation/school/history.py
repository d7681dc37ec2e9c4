"""A seed's story in lines: who came and went, and what one learner lived through."""

from collections.abc import Iterator

from orchestrator.core.outcomes import ActionOutcome
from tests.product.ends import read_ends
from tests.simulation.school.expected import Expected, expected
from tests.simulation.school.seeds import Lived
from tests.simulation.school.world import World


def command(lived: Lived) -> str:
    """What repeats the seed."""
    guarantee = lived.world.around.guarantee
    return f"python -m tests.simulation.school --seed {lived.seed} --guarantee {guarantee}"


def failure(lived: Lived) -> str:
    """The command, the first invariant that does not hold, and the history that shows it."""
    assert lived.violation is not None
    key = lived.violation.key
    story = [] if key is None else [f"history of {key.decode()}:", *learner(lived.world, key)]
    return "\n".join([command(lived), f"violated: {lived.violation}", *story])


def whole(lived: Lived) -> str:
    """Everybody's history, and the verdict."""
    lines = [command(lived), *lived.world.trace]
    want = expected(lived.world)
    for key in sorted(want.states):
        lines += [f"history of {key.decode()}:", *learner(lived.world, key)]
    verdict = "all holds" if lived.violation is None else f"violated: {lived.violation}"
    return "\n".join([*lines, verdict])


def learner(world: World, key: bytes) -> Iterator[str]:
    """A line an event, in the order of the topic, with its actions and how they ended."""
    want = expected(world)
    ends = {each.action_id: each for each in read_ends(world.kafka.log).outcomes}
    for place, row in want.rows.items():
        if row.key.encode() == key:
            event = want.events[place]
            at = f"{event.timestamp:%d %H:%M:%S}"
            yield f"  {place[0]}/{place[1]} {at} {event.type} {event.id} {row.outcome}"
            for action_id in row.action_ids:
                yield f"      {_action(want, action_id, ends.get(action_id), world)}"


def _action(want: Expected, action_id: str, end: ActionOutcome | None, world: World) -> str:
    action = want.actions[action_id]
    calls = [f"{call.at:%d %H:%M:%S}" for call in world.downstream.calls if call.key == action_id]
    said = "no outcome" if end is None else f"{end.outcome} {end.at:%d %H:%M:%S}"
    more = {"suggested_level", "break_type", "urgency"} & action.parameters.keys()
    what = " ".join(str(action.parameters[name]) for name in sorted(more))
    return f"{action.rule} {what} -> {said}, called at {calls}"
