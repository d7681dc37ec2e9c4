"""A policy checked: everything that is searched, and what was found, the worst first."""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from orchestrator.core.case import Rule
from orchestrator.core.decide import Position, decide
from orchestrator.core.ids import LearnerId
from orchestrator.core.policy import Policy
from orchestrator.core.rules.table import RULES
from orchestrator.core.state import LearnerState
from orchestrator.core.times import micros
from orchestrator.policy_check.findings import SEVERITY, Finding, Found, Moment, Severity
from orchestrator.policy_check.limits import Limits
from orchestrator.policy_check.models import Model, models
from orchestrator.policy_check.search import Evidence, Extent, Search, Shown
from orchestrator.policy_check.steps import Step, placed
from orchestrator.policy_check.texts import faults_of


class Budget(Struct):
    """How long is searched, and how far.

    `seconds` in all, by `monotonic`, a clock that only goes forward; `events`: the most that are
    decided in a model, however much time is left, and `least` however little is: a slow machine
    still searches the small models. `tell` is called again and again with how far a model has come.
    """

    seconds: float
    monotonic: Callable[[], float]
    events: int = 10_000_000
    least: int = 3_000
    tell: Callable[[Extent], None] = lambda _extent: None

    def of(self, end: float, models_left: int) -> Callable[[Extent], bool]:
        """Whether a model may go on: it has its share of what is left until `end`."""
        now = self.monotonic()
        until = now + (end - now) / models_left

        def goes_on(extent: Extent) -> bool:
            self.tell(extent)
            in_time = extent.events < self.least or self.monotonic() < until
            return in_time and extent.events < self.events

        return goes_on


class Checked(Struct, frozen=True):
    """What a check has come to: the findings, errors first, and how far each model was searched."""

    version: str
    findings: tuple[Finding, ...]
    extents: tuple[Extent, ...]

    def worst(self) -> Severity | None:
        """The worst severity of all findings; None without any."""
        return self.findings[0].severity if self.findings else None


def check(policy: Policy, limits: Limits, budget: Budget) -> Checked:
    """Search what the policy can come to."""
    evidence = Evidence()
    extents = _search(policy, models(policy, limits), evidence, budget)
    findings = [
        *(_finding(_shortened(shown, policy), policy) for shown in evidence.findings.values()),
        *_silent_rules(policy, evidence, extents),
        *_texts(policy, limits, evidence),
    ]
    order = list(SEVERITY)
    findings.sort(key=lambda one: (one.severity, order.index(one.id), one.subject))
    return Checked(policy.version, tuple(findings), tuple(_together(extents)))


def replay(policy: Policy, steps: Sequence[Step], learner: LearnerId) -> tuple[Moment, ...]:
    """The history of the steps as that learner's: events, actions and states."""
    moments: list[Moment] = []
    state: LearnerState | None = None
    now: int | None = None
    for number, taken in enumerate(steps):
        event = placed(taken, now, number + 1, learner)
        at = micros(event.timestamp)
        now = at if now is None else max(at, now)
        decision = decide(state, event, Position(0, number), policy)
        state = decision.state
        moments.append(Moment(event, decision.actions, state))
    return tuple(moments)


def _search(
    policy: Policy, searched: Sequence[Model], evidence: Evidence, budget: Budget
) -> list[Extent]:
    end = budget.monotonic() + budget.seconds
    extents = []
    for place, model in enumerate(searched):
        goes_on = budget.of(end, len(searched) - place)
        extents.append(Search(model, policy, evidence, goes_on).run())
    return extents


def _shortened(shown: Shown, policy: Policy) -> Shown:
    """Without what is not needed; a history from a long march may hold such."""
    if _is_smallest(shown):
        return shown
    key = shown.found.id, shown.found.subject
    for place in reversed(range(len(shown.steps))):
        fewer = shown.steps[:place] + shown.steps[place + 1 :]
        evidence = Evidence()
        Search(shown.model, policy, evidence, lambda _extent: True).follow(fewer)
        if key in evidence.findings:
            return _shortened(replace(evidence.findings[key], extent=shown.extent), policy)
    return shown


def _is_smallest(shown: Shown) -> bool:
    """Whether all shorter histories of its model were searched."""
    return shown.extent.exhausted or len(shown.steps) <= shown.extent.depth + 1


def _finding(shown: Shown, policy: Policy) -> Finding:
    return _of(shown.found, shown.steps, policy, smallest=_is_smallest(shown))


def _of(found: Found, steps: Sequence[Step], policy: Policy, *, smallest: bool = True) -> Finding:
    learner = LearnerId(f"{found.id}:{found.subject}".replace(" ", "-"))
    return Finding(
        found.id,
        SEVERITY[found.id],
        found.subject,
        found.words,
        replay(policy, steps, learner),
        smallest,
    )


def _silent_rules(
    policy: Policy, evidence: Evidence, extents: Sequence[Extent]
) -> Iterator[Finding]:
    for rule in _rules(policy):
        if rule.id in evidence.fired:
            continue
        if rule.id in evidence.held_back:
            other, steps = evidence.held_back[rule.id]
            words = f"{rule.id} never fires: wherever it would, {other} gives the action first."
            yield _of(Found("rule.overshadowed", rule.id, words), steps, policy)
        else:
            events = sum(extent.events for extent in extents)
            words = f"{rule.id} never fires, in {events:,} events searched."
            yield _of(Found("rule.unreachable", rule.id, words), (), policy)


def _rules(policy: Policy) -> list[Rule]:
    asked = {rule.id for rules in policy.rules.values() for rule in rules}
    return [rule for rule in RULES if rule.id in asked]


def _texts(policy: Policy, limits: Limits, evidence: Evidence) -> Iterator[Finding]:
    """The shortest history of a faulty text is the shortest in which it is said."""
    for rule, found in faults_of(policy, limits):
        yield _of(found, evidence.fired.get(rule, ()), policy)


def _together(extents: Sequence[Extent]) -> Iterator[Extent]:
    """Models of one name as one: as deep as the least deep of them."""
    for name in dict.fromkeys(extent.model for extent in extents):
        same = [extent for extent in extents if extent.model == name]
        yield Extent(
            name,
            min(extent.depth for extent in same),
            sum(extent.states for extent in same),
            sum(extent.events for extent in same),
            all(extent.exhausted for extent in same),
        )
