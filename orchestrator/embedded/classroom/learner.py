"""Who learns here: a simulated child, as far as its events show it."""

from dataclasses import dataclass
from random import Random

TENANTS = ("north-school", "river-school", "hill-school")

TOPICS = (
    "fractions",
    "place value",
    "word problems",
    "phonics",
    "reading fluency",
    "spelling",
    "weather",
    "maps",
)


@dataclass
class Learner:
    """A child; ratios from 0 to 1. Only `ability` changes, from session to session."""

    tenant_id: str
    learner_id: str
    talent: float
    """What the ability comes back to: the material grows with the child."""
    ability: float
    """The share of a lesson's answers that is right when the child is fresh."""
    liveliness: float
    """Engagement at the start of a session."""
    worry: float
    """The chance that a session brings an emotional alert."""
    communication: float
    """The score that speech therapy reports."""
    strengths: tuple[str, ...]
    challenges: tuple[str, ...]

    def learn(self, rng: Random) -> None:
        """Have good days and bad ones, in runs: what makes levels go up and down."""
        self.ability = ratio(self.ability + 0.1 * (self.talent - self.ability) + rng.gauss(0, 0.06))


def make_learner(number: int, rng: Random) -> Learner:
    """Return the learner of that number (from 1): `learner-001`, in one of the three tenants."""
    topics = rng.sample(TOPICS, 4)
    talent = ratio(rng.gauss(0.62, 0.15))
    return Learner(
        tenant_id=TENANTS[(number - 1) % len(TENANTS)],
        learner_id=f"learner-{number:03}",
        talent=talent,
        ability=talent,
        liveliness=ratio(rng.gauss(0.68, 0.12)),
        worry=rng.choice((0.01, 0.01, 0.02, 0.08)),
        communication=ratio(rng.gauss(0.62, 0.18)),
        strengths=tuple(topics[:2]),
        challenges=tuple(topics[2:]),
    )


def ratio(value: float) -> float:
    """Return the value within 0..1, to hundredths, as services report it."""
    return round(min(1.0, max(0.0, value)), 2)
