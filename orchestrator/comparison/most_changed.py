"""The learners for whom most is different, unrecognisable, with what each policy did for them."""

from hashlib import blake2b
from heapq import nsmallest

from orchestrator.comparison.learner_tally import ADDED, CHANGED, LOST, MOVED, LearnerTally
from orchestrator.comparison.summary import LearnerTrace
from orchestrator.comparison.tally import Tally
from orchestrator.comparison.traces import decode_moment

HASHES = (
    "Learners are shown as hashes with a secret key. Unless a key was given, it is of this report "
    "alone and kept nowhere: hashes of two reports cannot be joined, nor can a learner be looked "
    "up by one."
)


def most_changed(tally: Tally, hash_key: bytes, count: int) -> tuple[LearnerTrace, ...]:
    """The `count` learners with the most differences; of equals the order of the hashes decides."""
    changed = (one for one in tally.learners.values() if one.differences and not one.forgotten)
    ranked = (
        (-differences, learner_hash(one.key, hash_key), one)
        for one in changed
        if (differences := sum(one.differences))
    )
    return tuple(_trace(name, one) for _, name, one in nsmallest(count, ranked, key=_rank))


def learner_hash(key: bytes, hash_key: bytes) -> str:
    """The learner of a Kafka key, as 12 hex digits. `hash_key`: up to 64 bytes."""
    return blake2b(key, key=hash_key, digest_size=6).hexdigest()


def _rank(ranked: tuple[int, str, LearnerTally]) -> tuple[int, str]:
    return ranked[:2]


def _trace(name: str, one: LearnerTally) -> LearnerTrace:
    return LearnerTrace(
        learner=name,
        differences=sum(one.differences),
        changed=one.total(CHANGED),
        lost=one.total(LOST),
        added=one.total(ADDED),
        moved=one.total(MOVED),
        largest_fall=one.largest_fall,
        moments=tuple(decode_moment(raw) for _, raw in sorted(one.moments)),
        moments_left_off=one.differing - len(one.moments),
    )
