"""What a comparison of two policies comes to: the report's content, as data.

JSON by `encode_comparison`; its schema is docs/backtest.schema.json. `base` is the policy that the
other, the `candidate`, is held against. Times are event time in UTC, days and hours are UTC's.
"""

from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

from orchestrator.core.actions import ActionType
from orchestrator.core.levels import Level

FORMAT = 1
"""Grows with a change that a reader of older files would not understand."""


class Kind(StrEnum):
    """What becomes of an action, seen from base.

    `same`: both give it on the same event, and what reaches the child or the teacher is equal (the
    evidence may differ). `changed`: both give one of the type on the same event, by another rule or
    with other parameters, confidence, words or expiry. `lost`: only base gives it. `added`: only
    the candidate does. `moved`: one lost and one added of the same learner and type, at most 30
    minutes of event time apart, which is one action at another moment.
    """

    SAME = "same"
    CHANGED = "changed"
    LOST = "lost"
    ADDED = "added"
    MOVED = "moved"


class SliceBy(StrEnum):
    """What the actions are counted by."""

    TENANT = "tenant"
    RULE = "rule"
    HOUR = "hour"
    LEVEL = "level"


class PolicyIdentity(Struct, frozen=True):
    """A policy: its version, and the SHA-256 of its two texts (hex)."""

    version: str
    policy_sha256: str
    messages_sha256: str


class PartitionSpan(Struct, frozen=True):
    """Offsets that were read of a partition, from `begin` up to, not including, `end`."""

    partition: int
    begin: int
    end: int


class StartKind(StrEnum):
    """What the learners' states were at the start of what is compared."""

    NOTHING = "nothing"
    WARM_UP = "warm-up"
    SNAPSHOT = "snapshot"


class Start(Struct, frozen=True):
    """How the states began, in a word and in a sentence. `warm_up_hours`: of a warm-up only."""

    kind: StartKind
    text: str
    warm_up_hours: float | None = None


class Gate(Struct, frozen=True):
    """The check that base against itself is identical. `partitions`: how many took part of all."""

    identical: bool
    partitions: int
    partitions_of: int
    text: str


class Header(Struct, frozen=True):
    """What was compared, on what. `since` and `until`: the range of event time asked for, if any.

    `tenants`: those asked for; empty is all.
    """

    source: str
    base: PolicyIdentity
    candidate: PolicyIdentity
    code_version: str
    start: Start
    offsets: tuple[PartitionSpan, ...]
    since: datetime | None = None
    until: datetime | None = None
    tenants: tuple[str, ...] = ()
    gate: Gate | None = None


class Denominators(Struct, frozen=True, kw_only=True):
    """What was looked at, see coverage.py.

    `read` records = `eligible` + all of `skipped` (by why). `evaluated`: eligible events that base
    decided. `outcomes`: the eligible ones by what base made of them.
    `learner_days`: pairs of a learner and a day with an evaluated event. `learner_hours`: of work.
    """

    read: int
    eligible: int
    evaluated: int
    skipped: dict[str, int]
    outcomes: dict[str, int]
    learners: int
    learner_days: int
    learner_hours: float


class Counts(Struct, frozen=True, kw_only=True):
    """How many actions each side gives, and what becomes of them.

    base = same + changed + lost + moved. In the whole, candidate = same + changed + added + moved;
    in a slice, `changed` and `moved` stand where base has the action, and `candidate` counts where
    the candidate has it.
    """

    base: int = 0
    candidate: int = 0
    same: int = 0
    changed: int = 0
    lost: int = 0
    added: int = 0
    moved: int = 0


class Transitions(Counts, frozen=True, kw_only=True):
    """The row of an action type.

    `learners`: who is given one by either side. `learners_differing`: for whom one is not the same.
    `ignored`: how many of the differences are expected ones, see Ignored; budgets leave them out.
    The rates are None without a learner-day.
    """

    type: ActionType
    learners: int
    learners_differing: int
    ignored: int = 0
    base_per_learner_day: float | None = None
    candidate_per_learner_day: float | None = None


class Cell(Struct, frozen=True, kw_only=True):
    """The actions of a type in one part of a slice: a tenant, a rule, an hour "00".."23", a level.

    `learners`: who is given one there by either side. Suppressed: too few learners, or so few that
    another suppressed cell could be computed; then `learners` and `counts` are None.
    """

    value: str
    type: ActionType
    suppressed: bool = False
    learners: int | None = None
    counts: Counts | None = None


class Slice(Struct, frozen=True):
    """All cells of one way to slice, by type and value. Those without any action are left out.

    `level` is the learner's before the event, under the policy that gives the action.
    """

    by: SliceBy
    cells: tuple[Cell, ...]


class Harms(Struct, frozen=True, kw_only=True):
    """Who would be worse off. Never suppressed, never ignored.

    `lost_interventions`: SEL interventions lost, not counting moved ones, and how many learners
    lose one. `breaks_a_day`: the limit; learners with more breaks on some day, under base, under
    the candidate, and under the candidate alone; and how many such days (a learner's each).
    `learners_two_levels_below`: who at some moment is two levels or more below where base has them;
    `largest_fall`: by how many levels at the most.
    """

    lost_interventions: int = 0
    learners_losing_interventions: int = 0
    breaks_a_day: int = 6
    learners_over_base: int = 0
    learners_over_candidate: int = 0
    learners_newly_over: int = 0
    days_over_base: int = 0
    days_over_candidate: int = 0
    most_breaks_a_day_base: int = 0
    most_breaks_a_day_candidate: int = 0
    learners_two_levels_below: int = 0
    largest_fall: int = 0


class LevelDivergence(Struct, frozen=True):
    """Learners whose level differs at some moment, and events after which one does."""

    learners: int = 0
    events: int = 0


class OutcomeDifference(Struct, frozen=True):
    """Events with another outcome (decided, duplicate, late) under the candidate."""

    base: str
    candidate: str
    events: int


class Given(Struct, frozen=True):
    """An action in a trace. `detail`: what it asks for, in a few words; without a child's worry."""

    type: ActionType
    rule: str
    detail: str
    observed: float | str | None
    threshold: float | str | None
    confidence: float = 1.0


class Moment(Struct, frozen=True):
    """An event at which the two differ: what each gave, and the level after it under each."""

    at: datetime
    event_type: str
    base: tuple[Given, ...]
    candidate: tuple[Given, ...]
    base_level: Level
    candidate_level: Level


class LearnerTrace(Struct, frozen=True, kw_only=True):
    """One of the most changed learners. `learner`: a keyed hash, 12 hex digits.

    `differences` = changed + lost + added + moved, of all types. `moments`: the first ones at which
    the two differ, by time; `moments_left_off`: how many more there are.
    """

    learner: str
    differences: int
    changed: int
    lost: int
    added: int
    moved: int
    largest_fall: int
    moments: tuple[Moment, ...]
    moments_left_off: int = 0


class Score(Struct, frozen=True, kw_only=True):
    """How well one side's actions of a type agree with the labels.

    None where the denominator is 0.
    """

    type: ActionType
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int
    precision: float | None
    recall: float | None
    f1: float | None


class Labelled(Struct, frozen=True):
    """The labels that were given, and what they say. `rule`: what counts as a match.

    `evaluated`: labels whose event was among the evaluated ones, of `labels` in all.
    """

    labels: int
    evaluated: int
    rule: str
    base: tuple[Score, ...]
    candidate: tuple[Score, ...]


class Expected(Struct, frozen=True, kw_only=True):
    """How many differences of a type were expected; they are among those of its Transitions."""

    type: ActionType
    changed: int = 0
    lost: int = 0
    added: int = 0
    moved: int = 0


class Ignored(Struct, frozen=True, kw_only=True):
    """Differences that an ignore names, by type; of several that match one, the first has it.

    `until`: the last day (ISO) on which it holds. `counts` is empty where nothing matched.
    """

    name: str
    why: str
    until: str
    counts: tuple[Expected, ...] = ()


class BudgetVerdict(Struct, frozen=True):
    """One `--fail-on`: what was seen and what was allowed, both in counts, and if it is exceeded.

    `limit`: as it was written, a number or a percentage.
    """

    expression: str
    observed: float
    allowed: float
    limit: str
    exceeded: bool


class Comparison(Struct, frozen=True, kw_only=True):
    """The whole result.

    `identical`: no action, level or outcome differs. `differs`: something does that is not ignored.
    `hashes`: how learners were made unrecognisable. `limits`: what the comparison cannot know.
    """

    format: int = FORMAT
    header: Header
    verdict: str
    identical: bool
    differs: bool
    denominators: Denominators
    actions: tuple[Transitions, ...]
    slices: tuple[Slice, ...]
    smallest_cell: int
    harms: Harms
    levels: LevelDivergence
    outcomes: tuple[OutcomeDifference, ...] = ()
    most_changed: tuple[LearnerTrace, ...] = ()
    hashes: str = ""
    labels: Labelled | None = None
    ignored: tuple[Ignored, ...] = ()
    budgets: tuple[BudgetVerdict, ...] = ()
    limits: tuple[str, ...] = ()


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Comparison)


def encode_comparison(comparison: Comparison) -> bytes:
    """JSON over many lines; equal comparisons are equal bytes."""
    return msgspec.json.format(_encoder.encode(comparison), indent=2) + b"\n"


def decode_comparison(raw: bytes) -> Comparison:
    """The inverse. Raises msgspec.DecodeError."""
    return _decoder.decode(raw)
