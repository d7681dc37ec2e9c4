"""Whether a canary breaks a guard rail: pure, from what both policies gave the same learners.

Both policies see the same events, so learner-hours are the same for both, and where the policies
agree there is no difference at all, not even by chance. What is left to chance is where they
disagree: of two that are equally good each action that only one of them gives is as likely the
one's as the other's. A share over its limit counts only if that would explain it too rarely.
"""

from math import exp, log, pi

from msgspec import Struct

from orchestrator.core.guard_rails import GuardRails

LOOKS = 2
"""Each time it is looked at the newest window, for what is sudden, and at the whole, for what is
slow."""


class Paired(Struct, frozen=True):
    """Actions of a kind: how many were alike or at least on the same event, and of one side alone.

    Base is the policy in force, the candidate the canary's. An action that came at another moment
    is one that base alone gave and one that the candidate alone gave.
    """

    both: int = 0
    base_alone: int = 0
    candidate_alone: int = 0

    @property
    def base(self) -> int:
        """All that base gave."""
        return self.both + self.base_alone

    @property
    def candidate(self) -> int:
        """All that the candidate gave."""
        return self.both + self.candidate_alone

    def since(self, before: "Paired") -> "Paired":
        """What has come since."""
        return Paired(
            self.both - before.both,
            self.base_alone - before.base_alone,
            self.candidate_alone - before.candidate_alone,
        )


class Figures(Struct, frozen=True):
    """What a canary has come to so far: figures that only grow.

    `hours`: learner-hours. `high_severity_lost`: alerts of a high severity after which base asked
    for an intervention at once and the canary did not.
    """

    hours: float = 0.0
    breaks: Paired = Paired()
    interventions: Paired = Paired()
    high_severity_lost: int = 0

    def since(self, before: "Figures") -> "Figures":
        """What has come since."""
        return Figures(
            self.hours - before.hours,
            self.breaks.since(before.breaks),
            self.interventions.since(before.interventions),
            self.high_severity_lost - before.high_severity_lost,
        )


class Breach(Struct, frozen=True):
    """A rail that is broken. `observed` and `limit`: shares, or a number of interventions.

    `over`: the newest window, or the whole canary. `sentence`: the reason that its end will have.
    """

    rail: str
    observed: float
    limit: float
    over: str
    sentence: str


def judge(rails: GuardRails, window: Figures, whole: Figures, look: int) -> Breach | None:
    """The first rail that is broken, the gravest first. `look`: the how many-th one, from 1 on."""
    allowed = rails.false_undo / LOOKS * 6 / (pi * look) ** 2  # all looks' together: false_undo
    return (
        lost_high_severity(rails, whole)
        or _fewer_interventions(rails, window, "the newest window", allowed)
        or _fewer_interventions(rails, whole, "the whole canary", allowed)
        or _more_breaks(rails, window, "the newest window", allowed)
        or _more_breaks(rails, whole, "the whole canary", allowed)
    )


def lost_high_severity(rails: GuardRails, whole: Figures) -> Breach | None:
    """The rail that awaits no window: one child in need is enough."""
    lost = whole.high_severity_lost
    if lost <= rails.high_severity_lost:
        return None
    return Breach(
        "high_severity_lost",
        lost,
        rails.high_severity_lost,
        "the whole canary",
        f"{lost} intervention(s) that a high severity asks for were missing, "
        f"{rails.high_severity_lost} may be",
    )


def _fewer_interventions(
    rails: GuardRails, seen: Figures, over: str, allowed: float
) -> Breach | None:
    kind, limit = seen.interventions, rails.interventions_down
    fewer = kind.base - kind.candidate
    if kind.base + kind.candidate < rails.least or fewer <= limit * kind.base:
        return None
    if chance(kind.base_alone, kind.candidate_alone) > allowed:
        return None
    share = fewer / kind.base
    told = f"{kind.candidate} SEL interventions instead of {kind.base}"
    sentence = f"{share:.0%} fewer SEL interventions in {over} ({told}), {limit:.0%} are let be"
    return Breach("interventions_down", share, limit, over, sentence)


def _more_breaks(rails: GuardRails, seen: Figures, over: str, allowed: float) -> Breach | None:
    kind, limit = seen.breaks, rails.breaks_up
    more = kind.candidate - kind.base
    if kind.base + kind.candidate < rails.least or more <= limit * kind.base:
        return None
    if chance(kind.candidate_alone, kind.base_alone) > allowed:
        return None
    share = more / max(1, kind.base)  # of none at all any number is more
    hourly = f" in {seen.hours:.1f} learner-hours" if seen.hours > 0 else ""
    told = f"{kind.candidate} breaks instead of {kind.base}{hourly}"
    sentence = f"{share:.0%} more breaks in {over} ({told}), {limit:.0%} are let be"
    return Breach("breaks_up", share, limit, over, sentence)


def chance(more: int, fewer: int) -> float:
    """How likely at least so many of all would be on this side if either were as likely.

    Chernoff's bound on the tail of the binomial distribution at 1/2: never less than the tail.
    """
    if more <= fewer:
        return 1.0
    total = more + fewer
    apart = log(2) + more / total * log(more / total)
    if fewer:
        apart += fewer / total * log(fewer / total)
    return exp(-total * apart)


class Watch:
    """Looks at a canary window by window; to be fed with its figures as often as one likes."""

    def __init__(self, rails: GuardRails, since: float) -> None:
        """`since`: when it started, in seconds of arrival."""
        self._rails = rails
        self._until = since + rails.window_s
        self._before = Figures()
        self._looks = 0

    def look(self, at: float, whole: Figures) -> Breach | None:
        """What is broken by now. `whole`: the figures since the start, as of arrival second `at`.

        Shares are looked at where a window ends, which is the first time that it is asked from
        then on; so the same questions get the same answers.
        """
        if at < self._until:
            return lost_high_severity(self._rails, whole)
        self._looks += 1
        self._until = at + self._rails.window_s
        window, self._before = whole.since(self._before), whole
        return judge(self._rails, window, whole, self._looks)
