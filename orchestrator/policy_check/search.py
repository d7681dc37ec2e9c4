"""A model searched: histories breadth first, the shortest first, no state twice."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

from msgspec import Struct, field

from orchestrator.core.case import Rule
from orchestrator.core.decide import Decision, Position, decide
from orchestrator.core.policy import Policy
from orchestrator.core.state import LearnerState
from orchestrator.core.times import micros
from orchestrator.policy_check.findings import Found
from orchestrator.policy_check.models import Model
from orchestrator.policy_check.steps import Step, placed
from orchestrator.policy_check.watch_levels import only
from orchestrator.policy_check.watches import Seen

LONGEST_MARCH = 1_100
"""Events of one kind in a row: more than any streak that a policy may ask for."""


class Node(Struct):
    """A history, by its last step and the history before; `memories` are the watches'.

    `depth`: how many events it has, `back`: how many of them lie before others that came first.
    """

    memories: tuple[Any, ...]
    state: LearnerState | None = None
    now: int | None = None
    depth: int = 0
    back: int = 0
    before: "Node | None" = None
    step: Step | None = None

    def steps(self) -> tuple[Step, ...]:
        """All of them, the first first."""
        found, node = [], self
        while node.before is not None and node.step is not None:
            found.append(node.step)
            node = node.before
        return tuple(reversed(found))


class Shown(Struct):
    """Something found, with the shortest history so far that shows it; of two, the one in order."""

    found: Found
    steps: tuple[Step, ...]
    back: int
    model: Model
    extent: "Extent"


class Evidence(Struct):
    """What all searches of a policy have come across, each with its shortest history.

    `findings` by id and subject, `fired` by rule; `held_back`: rules that would have fired there,
    and the one that gave the action before them.
    """

    findings: dict[tuple[str, str], Shown] = field(default_factory=dict)
    fired: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    held_back: dict[str, tuple[str, tuple[Step, ...]]] = field(default_factory=dict)


class Extent(Struct):
    """How far a search has come.

    `depth`: all histories up to so many events were searched; `exhausted`: nothing is left, at any
    length. `events`: how many were decided, `states`: how many different ones there were.
    """

    model: str
    depth: int = 0
    states: int = 0
    events: int = 0
    exhausted: bool = False


class Search:
    """The search of one model. `goes_on` is asked before each state whether there is time."""

    def __init__(
        self,
        model: Model,
        policy: Policy,
        evidence: Evidence,
        goes_on: Callable[[Extent], bool],
    ) -> None:
        self.extent = Extent(model.name)
        self._model = model
        self._policy = policy
        self.evidence = evidence
        self._goes_on = goes_on

    def run(self) -> Extent:
        """First each step again and again, which goes deep, then everything, which goes wide."""
        for step in (*self._model.opening, *self._model.steps):
            if not self._march(step):
                return self.extent
        self._widen()
        return self.extent

    def follow(self, steps: Sequence[Step]) -> None:
        """One history, and nothing else."""
        node = self.root()
        for step in steps:
            node = self.take(node, step)

    def _march(self, step: Step) -> bool:
        node, seen = self.root(), set()
        while node.depth < LONGEST_MARCH and (key := self.key(node)) not in seen:
            if not self._goes_on(self.extent):
                return False
            seen.add(key)
            node = self.take(node, step)
        return True

    def _widen(self) -> None:
        frontier, seen = [self.root()], set()
        while frontier:
            deeper = []
            for node in frontier:
                if not self._goes_on(self.extent):
                    return
                for after in self._next(node):
                    key = self.key(after)
                    if key not in seen:
                        seen.add(key)
                        deeper.append(after)
                self.extent.states = len(seen)
            self.extent.depth += 1
            frontier = deeper
        self.extent.exhausted = True

    def root(self) -> Node:
        """The history in which nothing has happened yet."""
        return Node(tuple(watch.begins for watch in self._model.watches))

    def _next(self, node: Node) -> Iterator[Node]:
        opening = self._model.opening if node.before is None else ()
        for step in (*opening, *self._model.steps):
            if node.before is not None or step.wait >= 0:
                yield self.take(node, step)

    def take(self, node: Node, step: Step) -> Node:
        """The history with one step more; what it shows is noted."""
        self.extent.events += 1
        depth = node.depth + 1
        event = placed(step, node.now, depth)
        position = Position(0, node.depth)
        decision = decide(node.state, event, position, self._policy)
        at = micros(event.timestamp)
        now = at if node.now is None else max(at, node.now)
        seen = Seen(self._policy, node.state, event, at, now, position, decision)
        watches = zip(self._model.watches, node.memories, strict=True)
        memories = tuple([watch.after(memory, seen) for watch, memory in watches])
        back = node.back + (at < now)
        after = Node(memories, decision.state, now, depth, back, node, step)
        for watch, memory in zip(self._model.watches, memories, strict=True):
            for found in watch.found(memory, seen):
                self._note(found, after)
        self._note_rules(decision, seen, after)
        return after

    def key(self, node: Node) -> Hashable:
        """What of a history can matter for what comes next."""
        if node.state is None or node.now is None:
            return None
        watches = zip(self._model.watches, node.memories, strict=True)
        keys = tuple([watch.key(memory, node.now) for watch, memory in watches])
        return self._model.essence(node.state, node.now), keys

    def _note(self, found: Found, node: Node) -> None:
        known = self.evidence.findings.get((found.id, found.subject))
        if known is None or (node.depth, node.back) < (len(known.steps), known.back):
            self.evidence.findings[found.id, found.subject] = Shown(
                found, node.steps(), node.back, self._model, self.extent
            )

    def _note_rules(self, decision: Decision, seen: Seen, node: Node) -> None:
        fired = self.evidence.fired
        for given in decision.actions:
            known = fired.get(given.rule)
            if known is None or node.depth < len(known):
                fired[given.rule] = node.steps()
        if not decision.actions:
            return
        for rule in self._policy.rules.get(type(seen.event), ()):
            if rule.id not in fired and rule.id not in self.evidence.held_back:
                self._note_held_back(rule, decision, seen, node)

    def _note_held_back(self, rule: Rule, decision: Decision, seen: Seen, node: Node) -> None:
        """Note a rule that would have fired, had it been asked before the one that gave."""
        given = next((one for one in decision.actions if one.type is rule.action), None)
        if given is None:
            return
        alone = only(self._policy, rule.id, rule.action)
        instead = decide(seen.before, seen.event, seen.position, alone)
        if any(one.rule == rule.id for one in instead.actions):
            self.evidence.held_back[rule.id] = given.rule, node.steps()
