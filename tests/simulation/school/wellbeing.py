"""What no child may meet with, whatever happened: held against what took effect downstream.

Two promises are narrower than they sound. A level moves by one step at most *an event, from the
level that the orchestrator held the learner to be at*: learner-svc may see two steps at once, when
the suggestion in between was refused or superseded; and a first assessment or a speech profile may
jump. And a grave alert always *calls for* an intervention, which the service may still refuse for
good (4xx); it never expires, is never superseded, and is never held back by anything here.
"""

from collections import defaultdict
from itertools import pairwise

from orchestrator.core.actions import Action, ActionType, Outcome
from orchestrator.core.alerts import Severity
from orchestrator.core.decide import DecisionOutcome
from orchestrator.core.events import SelAlert
from orchestrator.core.ids import learner_key
from orchestrator.core.levels import Level
from orchestrator.core.policy_records import CONTROL_KEY
from orchestrator.core.state import decode_state
from orchestrator.core.times import micros
from orchestrator.delivery.rows import is_permanent_level
from orchestrator.topics import EVENTS
from tests.product.ends import read_ends
from tests.simulation.school.controls import Deciding
from tests.simulation.school.expected import Expected
from tests.simulation.school.product import SHIPPED, STRICTER
from tests.simulation.school.violation import hold
from tests.simulation.school.world import World

GAPS = {policy.name: policy.breaks.gap for policy in (SHIPPED, STRICTER)}
"""By the name, so that a policy under the same name with another number is seen."""

ORDER = tuple(Level)
FREE = frozenset({"level.baseline", "level.slp", "level.engagement_low"})
"""Rules that may move by more than a step."""


def judge_wellbeing(world: World, want: Expected) -> None:
    """Raise Violation of the first that does not hold."""
    _judge_breaks(world, want)
    _judge_levels(want)
    _judge_alerts(world, want)
    _judge_calls(world, want)
    _judge_arrived_levels(world, want)
    _judge_policy(world, want)


def _judge_breaks(world: World, want: Expected) -> None:
    """Two breaks of a learner lie as far apart as the policy of the later one wants."""
    breaks: defaultdict[bytes, list[Action]] = defaultdict(list)
    for action_id in world.downstream.applied:
        action = want.actions[action_id]
        if action.type is ActionType.GAME_BREAK:
            breaks[want.keys[action_id]].append(action)
    for key, given in breaks.items():
        for one, other in pairwise(given):
            gap = GAPS[other.policy_version.rsplit("-", 1)[0]]
            apart = micros(other.created_at) - micros(one.created_at)
            hold("two breaks are far enough apart", key, apart < gap and f"{apart / 6e7:g} min")


def _judge_levels(want: Expected) -> None:
    for action_id, action in want.actions.items():
        if action.type is not ActionType.LEVEL_SUGGESTED:
            continue
        before = ORDER.index(Level(action.parameters["current_level"]))
        after = ORDER.index(Level(action.parameters["suggested_level"]))
        right = {
            "level.up": after == before + 1,
            "level.down": after == before - 1,
            "level.slp": after < before,
            "level.engagement_low": after < before and after == ORDER.index(Level.EASY),
        }.get(action.rule if action.rule in FREE else action.rule.rsplit(".", 1)[0])
        wrong = not (after != before if right is None else right)
        hold("a level moves as its rule says", want.keys[action_id], wrong and action.parameters)


def _judge_alerts(world: World, want: Expected) -> None:
    """A grave alert has its intervention, and that has arrived, or was refused for good."""
    ends = _ends(world)
    for place, event in want.events.items():
        row = want.rows[place]
        if not isinstance(event, SelAlert) or event.data.severity is not Severity.HIGH:
            continue
        given = [want.actions[each] for each in row.action_ids]
        rules = {each.rule: each.action_id for each in given}
        key, decided = row.key.encode(), row.outcome == DecisionOutcome.DECIDED
        hold("no grave alert is late", key, row.outcome == DecisionOutcome.LATE and event.id)
        missing = decided and "sel.high_severity" not in rules
        hold("a grave alert is answered", key, missing and event.id)
        end = ends.get(rules.get("sel.high_severity", ""), Outcome.DELIVERED)
        arrived = end in {Outcome.DELIVERED, Outcome.REJECTED}
        hold("the answer arrives", key, not arrived and f"{event.id}: {end}")


def _judge_calls(world: World, want: Expected) -> None:
    """Each call is about the learner of the event that it comes of, and in time."""
    owners: dict[tuple[str, str, str], bytes] = {
        (event.id, event.tenant_id, event.learner_id): learner_key(
            event.tenant_id, event.learner_id
        )
        for event in want.events.values()
    }
    for call in world.downstream.calls:
        action = want.actions.get(call.key)
        hold("no call comes from nowhere", None, action is None and call.key)
        assert action is not None
        key = owners.get((action.event_id, call.tenant, call.learner))
        hold("no call is for another's learner", key, key != want.keys[call.key] and call)
        late = action.expires_at is not None and call.at >= action.expires_at
        hold("no call is too late", key, late and f"{action.type} at {call.at}")


def _judge_arrived_levels(world: World, want: Expected) -> None:
    """At rest, the level in the state is the last that arrived; at first, the level at the start.

    A level whose reply was lost may have arrived unnoticed: then nobody can know.
    """
    arrived: dict[bytes, str] = {}
    doubtful = set()
    outcomes = _ends(world)
    for action_id in world.downstream.applied:
        action = want.actions[action_id]
        if is_permanent_level(action):
            arrived[want.keys[action_id]] = action.parameters["suggested_level"]
            if outcomes[action_id] is not Outcome.DELIVERED:
                doubtful.add(want.keys[action_id])
    for key, raw in want.states.items():
        level, right = decode_state(raw).level, arrived.get(key, SHIPPED.level.start)
        wrong = level != right and key not in doubtful
        hold("the level is the one that arrived", key, wrong and f"{level}, and {right} arrived")


def _judge_policy(world: World, want: Expected) -> None:
    """What somebody has brought into force decides from there on; a canary's, for its learners."""
    for number, records in world.kafka.log[EVENTS].items():
        deciding = Deciding(world.product.policies)
        for record in records:
            place = number, record.offset
            if record.key == CONTROL_KEY:
                if place in world.controls:
                    deciding.hears(world.controls[place])
                continue
            right = deciding.version_for(record.key or b"")
            there = want.policies.get(place, right)
            wrong = there != right and f"{there}, not {right}"
            hold("the policy in force decides", record.key, wrong)


def _ends(world: World) -> dict[str, Outcome]:
    return {each.action_id: each.outcome for each in read_ends(world.kafka.log).outcomes}
