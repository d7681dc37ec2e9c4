"""A comparison as a report has it, made by hand: every part of it has something in it."""

from datetime import UTC, datetime, timedelta

from orchestrator.comparison.summary import (
    BudgetVerdict,
    Cell,
    Comparison,
    Counts,
    Denominators,
    Expected,
    Gate,
    Given,
    Harms,
    Header,
    Ignored,
    Labelled,
    LearnerTrace,
    LevelDivergence,
    Moment,
    OutcomeDifference,
    PartitionSpan,
    PolicyIdentity,
    Score,
    Slice,
    SliceBy,
    Start,
    StartKind,
    Transitions,
)
from orchestrator.core.actions import ActionType
from orchestrator.core.levels import Level

BREAK, LEVEL = ActionType.GAME_BREAK, ActionType.LEVEL_SUGGESTED
PATH, SEL = ActionType.LEARNING_PATH_UPDATE, ActionType.SEL_INTERVENTION
MONDAY = datetime(2025, 3, 3, 9, 12, tzinfo=UTC)


def header() -> Header:
    return Header(
        source="the archive march",
        base=PolicyIdentity("default-0123456789ab", "a" * 64, "b" * 64),
        candidate=PolicyIdentity("sooner-breaks-ba9876543210", "c" * 64, "b" * 64),
        code_version="0.1.0",
        start=Start(
            StartKind.WARM_UP,
            "Both began without any state and were decided by base alone for 7 days.",
            168.0,
        ),
        offsets=(PartitionSpan(0, 0, 1_251_207), PartitionSpan(1, 12, 1_248_793)),
        since=datetime(2025, 3, 1, tzinfo=UTC),
        until=datetime(2025, 4, 1, tzinfo=UTC),
        gate=Gate(True, 2, 2, "Base against itself gave the same bytes twice."),
    )


def transitions() -> tuple[Transitions, ...]:
    return (
        Transitions(
            type=LEVEL, base=61_204, candidate=61_188, same=61_100, changed=12, lost=92, added=76,
            learners=4_998, learners_differing=141,
            base_per_learner_day=0.5831, candidate_per_learner_day=0.5830,
        ),
        Transitions(
            type=PATH, base=122_000, candidate=122_000, same=122_000,
            learners=5_000, learners_differing=0,
            base_per_learner_day=1.1624, candidate_per_learner_day=1.1624,
        ),
        Transitions(
            type=BREAK, base=191_020, candidate=214_706, same=170_400, changed=1_220, lost=8_100,
            added=31_786, moved=11_300, learners=4_990, learners_differing=431, ignored=120,
            base_per_learner_day=1.82, candidate_per_learner_day=2.05,
        ),
        Transitions(
            type=SEL, base=9_344, candidate=9_344, same=9_344,
            learners=2_811, learners_differing=0,
            base_per_learner_day=0.0890, candidate_per_learner_day=0.0890,
        ),
    )  # fmt: skip


def cell(value: str, kind: ActionType, learners: int, base: int, added: int = 0) -> Cell:
    counts = Counts(base=base, candidate=base + added, same=base, added=added)
    return Cell(value=value, type=kind, learners=learners, counts=counts)


def hidden(value: str, kind: ActionType) -> Cell:
    return Cell(value=value, type=kind, suppressed=True)


def slices() -> tuple[Slice, ...]:
    tenants = (
        cell("hill-school", BREAK, 1_660, 63_000, 8_000),
        cell("north-school", BREAK, 1_670, 64_010, 7_900),
        hidden("river-school", BREAK),
        hidden("tiny-school", BREAK),
        cell("hill-school", SEL, 940, 3_100),
    )
    rules = (
        cell("break.engagement", BREAK, 4_100, 40_000, 12),
        cell("break.session", BREAK, 4_980, 150_000, 23_674),
        cell("level.up.performance", LEVEL, 4_300, 30_000),
    )
    hours = tuple(
        cell(f"{hour:02}", BREAK, 3_000 + 10 * hour, 20_000 + 1_500 * hour, 900 * (16 - hour))
        for hour in range(8, 16)
    )
    levels = tuple(
        cell(level, BREAK, 400 * (rank + 1), 30_000 + 4_000 * rank, 4_700 - 300 * rank)
        for rank, level in enumerate(Level)
    )
    return (
        Slice(SliceBy.TENANT, tenants),
        Slice(SliceBy.RULE, rules),
        Slice(SliceBy.HOUR, hours),
        Slice(SliceBy.LEVEL, levels),
    )


def trace(number: int) -> LearnerTrace:
    earlier = Given(BREAK, "break.session", "movement, 5 min", 21.5, 20.0)
    later = Given(BREAK, "break.session", "movement, 5 min", 26.0, 25.0)
    down = Given(LEVEL, "level.down.streak", "moderate to easy", 3.0, 3.0, 0.8)
    moments = tuple(
        Moment(
            MONDAY + timedelta(days=day, minutes=minutes),
            "COURSEWORK_ANALYZED",
            base,
            candidate,
            Level.MODERATE,
            Level.EASY if day else Level.MODERATE,
        )
        for day in range(2)
        for minutes, base, candidate in ((0, (), (earlier,)), (5, (later,), (down,)))
    )
    return LearnerTrace(
        learner=f"{number:012x}", differences=60 - number, changed=2, lost=8, added=40 - number,
        moved=10, largest_fall=1, moments=moments, moments_left_off=44 - number,
    )  # fmt: skip


def score(kind: ActionType, hits: int) -> Score:
    return Score(
        type=kind, true_positives=hits, false_positives=14, false_negatives=100 - hits,
        true_negatives=86, precision=hits / (hits + 14), recall=hits / 100,
        f1=2 * hits / (2 * hits + 14 + 100 - hits),
    )  # fmt: skip


def example_comparison() -> Comparison:
    return Comparison(
        header=header(),
        verdict=(
            "The candidate gives 12.4 % more breaks (from 1.82 to 2.05 per learner-day), to 431 of "
            "5,000 learners; 0.0 % fewer level suggestions (from 0.58 to 0.58 per learner-day), to "
            "141 of 5,000 learners; learning path updates and interventions are the same."
        ),
        identical=False,
        differs=True,
        denominators=Denominators(
            read=2_500_000, eligible=2_430_120, evaluated=2_429_400,
            skipped={"control": 4, "invalid field": 76, "warm-up": 69_800},
            outcomes={"decided": 2_429_400, "duplicate": 700, "late": 20},
            learners=5_000, learner_days=104_956, learner_hours=190_344.5,
        ),
        actions=transitions(),
        slices=slices(),
        smallest_cell=10,
        harms=Harms(
            lost_interventions=3, learners_losing_interventions=2, breaks_a_day=6,
            learners_over_base=4, learners_over_candidate=19, learners_newly_over=15,
            days_over_base=5, days_over_candidate=31, most_breaks_a_day_base=7,
            most_breaks_a_day_candidate=9, learners_two_levels_below=6, largest_fall=2,
        ),
        levels=LevelDivergence(160, 6_120),
        outcomes=(OutcomeDifference("late", "decided", 3),),
        most_changed=tuple(trace(number) for number in range(20)),
        hashes="Learners are hashed with a key of this report alone: no other report has the same.",
        labels=Labelled(
            400, 390, "A label is met by an action of its type on the very event.",
            (score(BREAK, 61), score(SEL, 80)),
            (score(BREAK, 74), score(SEL, 80)),
        ),
        ignored=(
            Ignored(
                name="pilot class", why="The pilot tries breaks after 20 minutes already.",
                until="2025-06-30", counts=(Expected(type=BREAK, added=120),),
            ),
        ),
        budgets=(
            BudgetVerdict("added.GAME_BREAK>5%", 31_786.0, 9_551.0, "5%", True),
            BudgetVerdict("lost.SEL_INTERVENTION>0", 0.0, 0.0, "0", False),
        ),
        limits=(
            "What a child would have done after another action cannot be known: the events are "
            "those that came after what was live.",
        ),
    )  # fmt: skip
